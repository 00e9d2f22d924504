/** For those who join layers in their own way: policies and guards. */
export { type Composable, fold, layersOf } from './compose.ts';
export { judge, watch } from './conduct.ts';
export { type Layer, type Link, linked, type OwnTraits, type Run } from './layer.ts';
export { linkProven } from './proof.ts';
