/** MountedMiddleware: what the phases of a gateway can take for a middleware. */
import type { HttpResponse } from '@interpose/http';
import type { Middleware } from '@interpose/kernel';
import type { GatewayContext } from '../context.ts';

/** A middleware that can be mounted: what it returns is the answer. */
// oxlint-disable-next-line typescript/no-explicit-any -- what it adds to the context concerns only those behind it
export type MountedMiddleware = Middleware<GatewayContext, HttpResponse, any>;
