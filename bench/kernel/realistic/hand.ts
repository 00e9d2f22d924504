/** The limit of the realistic stack: one function, written straight down. */
import {
  answer,
  clientOf,
  type Exchange,
  failed,
  idOf,
  isPreflight,
  now,
  parseBody,
  preflight,
  record,
  refused,
  type Response,
  takeOne,
  validate,
} from './work.ts';

export async function handle(exchange: Exchange): Promise<Response> {
  try {
    const { request } = exchange;
    const startedAt = now();
    const id = idOf(request);
    let response: Response;
    if (isPreflight(request)) {
      response = preflight(request);
    } else {
      const client = clientOf(request);
      const remaining = client === undefined ? -1 : takeOne(client);
      if (client === undefined) {
        response = refused(401);
      } else if (remaining < 0) {
        response = refused(429);
      } else {
        await parseBody(exchange);
        validate(exchange.body);
        response = await answer(exchange);
        record(id, response);
        response.headers['x-content-type-options'] = 'nosniff';
        response.headers['ratelimit-remaining'] = remaining;
      }
      response.headers['access-control-allow-origin'] = request.origin;
    }
    response.headers['x-request-id'] = id;
    response.headers['server-timing'] = now() - startedAt;
    return response;
  } catch (error) {
    return failed(error);
  }
}
