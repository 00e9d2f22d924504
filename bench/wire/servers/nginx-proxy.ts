/** nginx as a plain reverse proxy, the reference of proxying. */
import { nginxConfig, type Site } from './nginx.ts';

/**
 * What every nginx here says to the upstream. Its buffers are larger than without a word, as it takes half of the time for large answers
 * then; and no answer is laid down on disk, which would measure the disk.
 */
export function proxying(upstreamPort: number): string {
  return `proxy_pass http://origin;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host 127.0.0.1:${upstreamPort};
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_buffers 16 32k;
      proxy_busy_buffers_size 64k;
      proxy_max_temp_file_size 0;`;
}

/** The upstream by name, with connections that are kept. */
export function origin(port: number): string {
  return `upstream origin {
    server 127.0.0.1:${port};
    keepalive 64;
    keepalive_requests 100000000;
  }`;
}

/** The configuration. */
export function nginxProxy(site: Site, upstreamPort: number): string {
  return nginxConfig(
    site,
    `${origin(upstreamPort)}
  server {
    listen 127.0.0.1:${site.port};
    location / {
      ${proxying(upstreamPort)}
    }
  }`,
  );
}
