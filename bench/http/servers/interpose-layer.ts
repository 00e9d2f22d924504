/** Ours with one middleware of the seed, which the command line names, or with none. */
import { createApp } from '@interpose/http';
import { announcePort } from '../../processes/announce.ts';
import { type LayerName, layers } from '../seed-layers.ts';

const name = process.argv[2] as LayerName | 'none';
const app = createApp();
if (name !== 'none') layers[name](app);
app.get('/hello', () => ({ hello: 'world' }));
announcePort((await app.serve()).port);
