/** The audit of the admin API: who has changed something, or has tried to come in, is written to the log. */
import type { HttpContext, HttpMiddleware } from '@interpose/http';
import { statusOf } from '@interpose/http';
import type { LogEntry, Logger } from '../logger.ts';

const READING = ['GET', 'HEAD', 'OPTIONS'];

/** Writes a line for every change and for every refusal of whoever asked. */
export function adminAudit(logger: Logger): HttpMiddleware {
  return async function adminAudit(ctx, next) {
    try {
      const response = await next();
      if (!READING.includes(ctx.method)) logger.info(lineOf(ctx, response.status));
      return response;
    } catch (error) {
      const status = statusOf(error);
      const isRefused = status === 401 || status === 403 || status === 421;
      if (isRefused || !READING.includes(ctx.method)) logger.warn(lineOf(ctx, status));
      throw error;
    }
  };
}

function lineOf({ method, path, clientAddress, requestId }: HttpContext, status: number): LogEntry {
  return { event: 'admin', method, path, status, clientAddress, requestId };
}
