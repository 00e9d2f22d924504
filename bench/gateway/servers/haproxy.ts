/** haproxy on one thread with what it has of the six things: its statistics are its metrics, and its log goes out of the process. */
import { BLOCKED, KEY, KEY_HEADER, LIMIT } from '../six-things.ts';

/** The configuration. */
export function haproxy(port: number, upstreamPort: number): string {
  return `global
  nbthread 1
  maxconn 1024
  log stdout format raw local0

defaults
  mode http
  http-reuse always
  timeout connect 5s
  timeout client 60s
  timeout server 60s

frontend front
  bind 127.0.0.1:${port}
  log global
  log-format '{"client":"%ci","method":"%HM","path":"%HP","status":%ST,"bytes":%B,"milliseconds":%Ta,"requestId":"%[var(txn.id)]"}'
  option forwardfor
  stick-table type string len 64 size 10k expire 120s store http_req_rate(60s)
  http-request set-var(txn.id) uuid
  http-request set-header X-Request-ID %[var(txn.id)]
  http-after-response set-header X-Request-ID %[var(txn.id)]
  http-request deny deny_status 403 if { src ${BLOCKED.join(' ')} }
  http-request deny deny_status 401 unless { req.hdr(${KEY_HEADER}) -m str ${KEY} }
  http-request track-sc0 req.hdr(${KEY_HEADER})
  http-request deny deny_status 429 if { sc_http_req_rate(0) gt ${LIMIT} }
  http-after-response set-header X-RateLimit-Limit ${LIMIT}
  default_backend origin

backend origin
  http-request set-header Host 127.0.0.1:${upstreamPort}
  server origin 127.0.0.1:${upstreamPort}
`;
}
