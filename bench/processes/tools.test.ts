/** The programs that a suite needs. */
import { expect, test } from 'vitest';
import { findTools, readTools } from './tools.ts';

test('reads where the programs lie', () => {
  const tools = readTools('wrk /usr/bin/wrk\nnginx-lua /usr/lib/nginx/a module.so\n');
  expect(tools('wrk')).toBe('/usr/bin/wrk');
  expect(tools('nginx-lua')).toBe('/usr/lib/nginx/a module.so');
  expect(() => tools('nginx')).toThrow('There is no path of nginx');
});

test('says what is missing', async () => {
  await expect(findTools('/no/such/installer.mjs', ['wrk'])).rejects.toThrow(
    /^This suite needs what is not here\. .*installer\.mjs/s,
  );
});
