/** The upstream of the proxies: nginx with answers of three sizes, and one that tells what reached it. */
import { nginxConfig, type Site } from './nginx.ts';

/** How many bytes are answered, by path. */
export const SIZES: Readonly<Record<string, number>> = {
  '/1k': 1024,
  '/64k': 64 * 1024,
  '/1m': 1024 * 1024,
};

/** An answer of some size. */
export function contentOf(bytes: number): string {
  const text = 'The quick brown fox jumps over the lazy dog. ';
  return JSON.stringify(text.repeat(Math.ceil(bytes / text.length)).slice(0, bytes - 2));
}

/** The configuration. The small answer is in it, which costs the load's core less than a file; the others are files. */
export function nginxUpstream(site: Site): string {
  return nginxConfig(
    site,
    `
  default_type application/json;
  open_file_cache max=8;
  server {
    listen 127.0.0.1:${site.port};
    root ${site.folder}/files;
    location = /1k {
      return 200 '${contentOf(SIZES['/1k'] ?? NaN)}';
    }
    location = /seen {
      return 200 '{"host":"$http_host","forwardedFor":"$http_x_forwarded_for"}';
    }
    location = /id {
      return 200 '"$http_x_request_id"';
    }
  }`,
  );
}
