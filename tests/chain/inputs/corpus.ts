/** All inputs whose outcome is known, by family. */
import { ANSWERS, CONNECTIONS, EXPECTATIONS, PIPELINES, UPGRADES } from './connections.ts';
import { CHUNKS, CODINGS, LENGTHS, TRAILERS } from './framing.ts';
import { ABSOLUTE, FIELDS, HOSTS, METHODS, TARGETS, VERSIONS } from './heads.ts';
import type { Case } from './input.ts';

/** The families and their inputs. */
export const CORPUS: Readonly<Record<string, readonly Case[]>> = {
  'Content-Length': LENGTHS,
  'Transfer-Encoding': CODINGS,
  chunks: CHUNKS,
  trailers: TRAILERS,
  method: METHODS,
  version: VERSIONS,
  target: TARGETS,
  'absolute target': ABSOLUTE,
  Host: HOSTS,
  fields: FIELDS,
  'several requests': PIPELINES,
  'form of the answer': ANSWERS,
  Expect: EXPECTATIONS,
  Upgrade: UPGRADES,
  Connection: CONNECTIONS,
};
