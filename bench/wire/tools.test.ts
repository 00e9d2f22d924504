/** The programs that the suite needs. */
import { expect, test } from 'vitest';
import { findTools, readTools } from './tools.ts';

test('reads where the programs lie', () => {
  const lines =
    'wrk /usr/bin/wrk\nnginx /usr/sbin/nginx\nnginx-lua /usr/lib/nginx/modules/ngx_http_lua_module.so\nhaproxy /usr/sbin/haproxy\n';
  expect(readTools(lines)).toEqual({
    wrk: '/usr/bin/wrk',
    nginx: '/usr/sbin/nginx',
    nginxModules: '/usr/lib/nginx/modules',
    haproxy: '/usr/sbin/haproxy',
  });
  expect(() => readTools('wrk /usr/bin/wrk\n')).toThrow('There is no path of nginx');
});

test('says what is missing', async () => {
  await expect(findTools('/no/such/installer.mjs')).rejects.toThrow(
    /^The suite wire needs what is not here\. .*installer\.mjs/s,
  );
});
