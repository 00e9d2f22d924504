/** The copy of graphql-js that servers in node_modules use. */
import { createRequire } from 'node:module';

/** Everything that it exports. */
export const graphql = createRequire(import.meta.url)('graphql') as typeof import('graphql');
