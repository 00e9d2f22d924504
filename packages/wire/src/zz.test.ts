import { expect, test } from 'vitest';
import { SERVER_CERTIFICATE } from '../test-kit/certificate.ts';
import { startServer } from '../test-kit/running-server.ts';
import { connectPlain } from '../test-kit/tls-client.ts';
test('x', async () => {
  const { port, server } = await startServer(() => {}, { tls: SERVER_CERTIFICATE });
    const socket = await connectPlain(port);
    socket.write(Buffer.from('\x16\x03\x01\x02\x00\x01', 'latin1'));
    await new Promise((r) => setTimeout(r, 200));
    console.log(server.stats());
    socket.resetAndDestroy();
    await new Promise((r) => setTimeout(r, 200));
    console.log(server.stats());
});
