/** nginx with Lua as gateways on it work: a request id, a limit a client in a shared dictionary, headers and a count of answers. */
import { nginxConfig, type Site } from './nginx.ts';
import { origin, proxying } from './nginx-proxy.ts';

const ACCESS = `
        local window = math.floor(ngx.now() / 60)
        local key = ngx.var.binary_remote_addr .. window
        local used = ngx.shared.limits:incr(key, 1, 0, 120)
        local left = 1000000000 - used
        if left < 0 then return ngx.exit(429) end
        ngx.ctx.left = left
        ngx.req.set_header("X-Request-Id", ngx.var.request_id)`;

const HEADER_FILTER = `
        ngx.header["X-Request-Id"] = ngx.var.request_id
        ngx.header["RateLimit-Remaining"] = ngx.ctx.left
        ngx.shared.counts:incr(ngx.status, 1, 0)`;

/** The configuration. */
export function nginxLua(site: Site, upstreamPort: number, modules: string): string {
  const load = ['ndk_http', 'ngx_http_lua'].map((name) => `${modules}/${name}_module.so`);
  return nginxConfig(
    site,
    `${origin(upstreamPort)}
  lua_shared_dict limits 1m;
  lua_shared_dict counts 1m;
  server {
    listen 127.0.0.1:${site.port};
    location / {
      access_by_lua_block {${ACCESS}
      }
      header_filter_by_lua_block {${HEADER_FILTER}
      }
      ${proxying(upstreamPort)}
    }
  }`,
    load,
  );
}
