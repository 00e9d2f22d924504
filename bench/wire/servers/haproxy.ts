/** haproxy as a plain reverse proxy on one thread. */

/** The configuration. */
export function haproxy(port: number, upstreamPort: number): string {
  return `global
  nbthread 1
  maxconn 1024

defaults
  mode http
  http-reuse always
  timeout connect 5s
  timeout client 60s
  timeout server 60s

frontend front
  bind 127.0.0.1:${port}
  option forwardfor
  default_backend origin

backend origin
  http-request set-header Host 127.0.0.1:${upstreamPort}
  server origin 127.0.0.1:${upstreamPort}
`;
}
