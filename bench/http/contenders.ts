/** Who is measured: ours and its peers, each with the same work to do. */
import type { Contender, Kind } from '../processes/case.ts';
import { nodeContender } from '../processes/node-contender.ts';
import type { LayerName } from './seed-layers.ts';

const NAMES: readonly (readonly [string, string, Kind])[] = [
  ['Fastify', 'fastify', 'node'],
  ['interpose', 'interpose', 'ours'],
  ['Hono', 'hono', 'node'],
  ['Express', 'express', 'node'],
  ['Koa', 'koa', 'node'],
];

const onNode = (work: string): Contender[] =>
  NAMES.map(([name, file, kind]) =>
    nodeContender({ name, file: `http/servers/${file}-${work}.ts`, kind }),
  );

/** One route; besides all others, the engine of ours without anything on it. */
export const hello: readonly Contender[] = [
  ...onNode('hello'),
  nodeContender({
    name: '@interpose/wire alone',
    file: 'wire/servers/interpose-hello.ts',
    kind: 'other',
  }),
];

/** One route behind the layers of the seed. */
export const stack: readonly Contender[] = onNode('stack');

/** 200 routes. */
export const routes: readonly Contender[] = onNode('routes');

/** A route that takes JSON and checks it. */
export const orders: readonly Contender[] = onNode('orders');

const layer = (argument: LayerName | 'none', name: string, note?: string): Contender =>
  nodeContender({
    name,
    file: 'http/servers/interpose-layer.ts',
    kind: 'ours',
    argument,
    ...(note !== undefined && { note }),
  });

/** Ours with one route, and the same with each middleware of the seed. The notes are the seed's own figures. */
export const eachLayer: readonly Contender[] = [
  layer('none', 'hello'),
  layer('detectDisconnect', 'with detectDisconnect', 'the seed itself: 100'),
  layer('httpEvents', 'with httpEvents', 'the seed itself: 1000 to 2000'),
  layer('cors', 'with cors', 'the seed itself: 200'),
  layer('apiKey', 'with apiKey', 'the seed itself: 300'),
];
