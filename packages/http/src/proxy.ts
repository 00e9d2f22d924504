/** The entry for those who send requests on: proxyTo, and what it is made of. */
export {
  isTakeover,
  Takeover,
  type TakeConnection,
  type TakeoverTold,
} from './context/takeover.ts';
export { type ForwardedFor, type ForwardedForm, tellForwarded } from './proxy/forwarded.ts';
export { dropClaims, dropHopHeaders } from './proxy/hop-headers.ts';
export { type ProxyHandler, proxyTo, type ProxyToOptions } from './proxy/proxy-to.ts';
export {
  type Asker,
  askUpstream,
  takeAnswer,
  type UpstreamAnswer,
  type UpstreamRequest,
} from './proxy/upstream-call.ts';
export {
  UpstreamBusyError,
  UpstreamFailedError,
  upstreamFailure,
  UpstreamTimeoutError,
} from './proxy/upstream-failure.ts';
