/** Tests of `interpose dataverse types`, with files as they are on a disk. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runCommand } from './run-command.ts';
import { systemIo } from './system-io.ts';

const XML = `<?xml version="1.0" encoding="utf-8"?>
<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
<Schema Namespace="Microsoft.Dynamics.CRM" Alias="mscrm" xmlns="http://docs.oasis-open.org/odata/ns/edm">
<EntityType Name="new_ticket"><Key><PropertyRef Name="new_ticketid" /></Key>
<Property Name="new_ticketid" Type="Edm.Guid" /><Property Name="new_title" Type="Edm.String" /></EntityType>
<EntityContainer Name="System"><EntitySet Name="new_tickets" EntityType="Microsoft.Dynamics.CRM.new_ticket" /></EntityContainer>
</Schema></edmx:DataServices></edmx:Edmx>`;

const JSON_TEXT = JSON.stringify({
  value: [
    {
      LogicalName: 'new_ticket',
      SchemaName: 'new_Ticket',
      PrimaryIdAttribute: 'new_ticketid',
      Attributes: [{ LogicalName: 'new_hours', SchemaName: 'new_Hours', AttributeType: 'Integer' }],
    },
  ],
});

async function run(
  args: readonly string[],
  texts: Readonly<Record<string, string>> = {},
): Promise<{ code: number; out: string; err: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'types-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  for (const [name, text] of Object.entries(texts)) await writeFile(join(directory, name), text);
  let [out, err] = ['', ''];
  const io = {
    ...systemIo(),
    out: (text: string) => void (out += text),
    err: (text: string) => void (err += text),
  };
  const files = args.map((arg) => (arg in texts ? join(directory, arg) : arg));
  const code = await runCommand(['dataverse', 'types', ...files], io);
  return { code, out, err: err.replaceAll(`${directory}/`, '') };
}

test('the standard tables are there without a file', async () => {
  const { code, out } = await run(['--table', 'account', '--table', 'contact']);
  expect(code).toBe(0);
  expect(out).toContain('export interface Account {');
  expect(out).toContain('  readonly name: string;');
  expect(out).toMatch(
    /export interface Tables \{\n  readonly account: Account;\n  readonly contact: Contact;\n\}/,
  );
});

test('an XML document becomes interfaces', async () => {
  const { code, out } = await run(['metadata.xml'], { 'metadata.xml': XML });
  expect(code).toBe(0);
  expect(out).toContain('  readonly new_title: string;');
  expect(out).toContain('  readonly new_ticket: ');
});

test('where two files describe a table, the last one counts', async () => {
  const texts = { 'metadata.xml': XML, 'definitions.json': JSON_TEXT };
  const { out } = await run(['metadata.xml', 'definitions.json'], texts);
  expect(out).toContain('  readonly new_hours: number;');
  expect(out).not.toContain('new_title');
});

test.each([
  [['none.xml'], {}, 'interpose: cannot read none.xml: there is no such file\n'],
  [
    ['--table', 'acount'],
    {},
    'interpose: no table "acount" is described — did you mean "account"?\n',
  ],
])('%j is refused with a sentence', async (args, texts, said) => {
  expect(await run(args, texts)).toEqual({ code: 1, out: '', err: said });
});

test.each([
  ['broken.xml', '<edmx:Edmx'],
  ['broken.json', '{ "value": '],
  ['other.json', '{ "openapi": "3.1.0" }'],
])('%s is refused by name', async (name, text) => {
  const { code, out, err } = await run([name], { [name]: text });
  expect([code, out]).toEqual([1, '']);
  expect(err).toMatch(new RegExp(`^interpose: ${name} holds no metadata: .+\n$`));
});
