/** Ours. */
import { createApp } from '@interpose/http';
import { announcePort } from '../../processes/announce.ts';

const app = createApp().get('/hello', () => ({ hello: 'world' }));
announcePort((await app.serve()).port);
