/** Caddy with what it has of the six things; a limit of requests is not among them. */
import { BLOCKED, KEY, KEY_HEADER } from '../six-things.ts';

/** The configuration. */
export function caddy(port: number, upstreamPort: number): string {
  return `{
  admin off
  auto_https off
  servers {
    metrics
  }
}
http://127.0.0.1:${port} {
  bind 127.0.0.1
  log {
    output discard
    format json
  }
  header X-Request-ID {http.request.uuid}
  request_header X-Request-ID {http.request.uuid}
  @blocked remote_ip ${BLOCKED.join(' ')}
  respond @blocked 403
  @keyless not header ${KEY_HEADER} ${KEY}
  respond @keyless 401
  reverse_proxy 127.0.0.1:${upstreamPort} {
    header_up Host {upstream_hostport}
    transport http {
      keepalive_idle_conns_per_host 64
    }
  }
}
`;
}
