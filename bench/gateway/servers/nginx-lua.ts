/** nginx with Lua as the seed's platform has it: all six things, with shared dictionaries. */
import { nginxConfig, type Site } from '../../wire/servers/nginx.ts';
import { origin, proxying } from '../../wire/servers/nginx-proxy.ts';
import { BLOCKED, CONSUMER, KEY, LIMIT, LOG_FILE } from '../six-things.ts';

const INIT = `
    keys = { [ngx.encode_base64(ngx.sha1_bin("${KEY}"))] = "${CONSUMER}" }`;

const ACCESS = `
        ngx.ctx.id = ngx.var.request_id
        ngx.req.set_header("X-Request-Id", ngx.ctx.id)
        if ngx.shared.ip_blacklist:get(ngx.var.remote_addr) then return ngx.exit(403) end
        local key = ngx.var.http_x_api_key
        local consumer = key and keys[ngx.encode_base64(ngx.sha1_bin(key))]
        if not consumer then return ngx.exit(401) end
        ngx.req.set_header("X-Consumer-Name", consumer)
        local window = math.floor(ngx.now() / 60)
        local used = ngx.shared.rate_limit:incr(consumer .. window, 1, 0, 120)
        ngx.ctx.left = ${LIMIT} - used
        if ngx.ctx.left < 0 then return ngx.exit(429) end`;

const HEADER_FILTER = `
        ngx.header["X-Request-Id"] = ngx.ctx.id
        if ngx.ctx.left then
          ngx.header["X-RateLimit-Limit"] = ${LIMIT}
          ngx.header["X-RateLimit-Remaining"] = ngx.ctx.left
        end`;

const LOG = `
        local metrics = ngx.shared.metrics
        metrics:incr("requests", 1, 0)
        metrics:incr("status_" .. ngx.status, 1, 0)
        metrics:incr("milliseconds", ngx.now() * 1000 - ngx.req.start_time() * 1000, 0)`;

/** The configuration. */
export function nginxLua(site: Site, upstreamPort: number, modules: string): string {
  const load = ['ndk_http', 'ngx_http_lua'].map((name) => `${modules}/${name}_module.so`);
  return nginxConfig(
    site,
    `${origin(upstreamPort)}
  lua_shared_dict rate_limit 1m;
  lua_shared_dict metrics 1m;
  lua_shared_dict ip_blacklist 1m;
  init_by_lua_block {${INIT}
  }
  log_format line escape=json '{"time":"$time_iso8601","client":"$remote_addr","method":"$request_method","path":"$uri","status":$status,"bytes":$body_bytes_sent,"seconds":$request_time,"requestId":"$request_id"}';
  server {
    listen 127.0.0.1:${site.port};
    access_log ${LOG_FILE} line buffer=64k flush=1s;
    location / {
      ${BLOCKED.map((range) => `deny ${range};`).join(' ')}
      access_by_lua_block {${ACCESS}
      }
      header_filter_by_lua_block {${HEADER_FILTER}
      }
      log_by_lua_block {${LOG}
      }
      ${proxying(upstreamPort)}
    }
  }`,
    load,
  );
}
