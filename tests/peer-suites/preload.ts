/** Is loaded before a test file of others: puts our engine where they expect that of Node or of undici. */
import http from 'node:http';
import https from 'node:https';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { after } from 'node:test';
import { countPerTest } from './carried.ts';
import { NodeServer, type ShapeOptions } from './node-server.ts';
import { closePools, replaceUndici } from './undici-pool.ts';

const { PEER_LANE, PEER_COUNTS = '', PEER_HOME = '' } = process.env;

type Arguments = [options?: ShapeOptions | http.RequestListener, listener?: http.RequestListener];

function factory(isSecure: boolean) {
  return (...[options, listener]: Arguments): NodeServer =>
    typeof options === 'function'
      ? new NodeServer({}, options, isSecure)
      : new NodeServer(options ?? {}, listener, isSecure);
}

if (PEER_LANE === 'server') {
  Object.assign(http, { createServer: factory(false), Server: NodeServer });
  Object.assign(https, { createServer: factory(true) });
  syncBuiltinESMExports();
}
const require = createRequire(`${PEER_HOME}/package.json`);
if (PEER_LANE === 'pool') {
  replaceUndici(require);
  // The `fetch` of Node goes by the dispatcher that is there before it.
  require('undici');
}
countPerTest(PEER_COUNTS);
after(closePools);
