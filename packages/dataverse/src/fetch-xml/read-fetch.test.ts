/** Tests of FetchXML: what is understood, and what is said of what is not. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DataverseFault, OptionSetValueCollection } from '../index.ts';
import { readFetchXml } from './read-fetch.ts';

const inEntity = (inside: string, fetch = ''): string =>
  `<fetch ${fetch}><entity name="account">${inside}</entity></fetch>`;

/** What is said of a text, without the code. */
function faultOf(text: string): string {
  try {
    readFetchXml(text);
  } catch (error) {
    expect(error).toBeInstanceOf(DataverseFault);
    expect((error as DataverseFault).hexCode).toBe('0x80040203');
    return (error as DataverseFault).message;
  }
  return 'understood';
}

describe('a query in FetchXML', () => {
  test('D-80 has columns, orders, filters and links', () => {
    const query = readFetchXml(`
      <fetch version="1.0" output-format="xml-platform" mapping="logical" distinct="true" latematerialize="true" no-lock="false">
        <!-- accounts with a contact -->
        <entity name="account">
          <attribute name="name" />
          <attribute name="revenue" alias="money" />
          <order attribute="name" descending="true" />
          <filter type="or">
            <condition attribute="name" operator="like" value="a%" />
            <condition attribute="city" operator="in"><value>Ulm</value><value uiname="x"><![CDATA[<Rom>]]></value></condition>
            <filter><condition entityname="c" attribute="age" operator="gt" valueof="c.limit" /></filter>
          </filter>
          <link-entity name="contact" from="parentcustomerid" to="accountid" alias="c" link-type="outer" visible="false" intersect="true">
            <all-attributes />
            <order attribute="age" />
          </link-entity>
        </entity>
      </fetch>`);
    expect(query).toEqual({
      entity: 'account',
      selection: {
        all: false,
        columns: [{ column: 'name' }, { column: 'revenue', alias: 'money' }],
      },
      orders: [{ column: 'name', descending: true }],
      filter: {
        kind: 'or',
        parts: [
          { kind: 'condition', column: 'name', operator: 'Like', values: ['a%'] },
          { kind: 'condition', column: 'city', operator: 'In', values: ['Ulm', '<Rom>'] },
          {
            kind: 'and',
            parts: [
              {
                kind: 'condition',
                alias: 'c',
                column: 'age',
                operator: 'GreaterThan',
                values: [],
                otherColumn: { alias: 'c', column: 'limit' },
              },
            ],
          },
        ],
      },
      links: [
        {
          entity: 'contact',
          alias: 'c',
          from: 'parentcustomerid',
          to: 'accountid',
          type: 'outer',
          selection: { all: true, columns: [] },
          filter: undefined,
          links: [],
          orders: [{ column: 'age', descending: false }],
        },
      ],
      distinct: true,
      top: undefined,
      page: undefined,
      counts: false,
    });
  });

  test('DV-15 several filters must all hold, those with nothing in them do, and one is of the type and', () => {
    const { filter } = readFetchXml(
      inEntity(`<filter/><filter><condition attribute="a" operator="null"/></filter>
        <filter type="or"><condition attribute="b" operator="not-null"/></filter>`),
    );
    expect(filter).toMatchObject({ kind: 'and', parts: [{ kind: 'and' }, { kind: 'or' }] });
    expect(readFetchXml(inEntity('<filter/>')).filter).toBeUndefined();
  });

  test('DV-48 links are inner ones, and get names that no other has', () => {
    const link = '<link-entity name="contact" from="a" to="b" />';
    const named = '<link-entity name="contact" from="a" to="b" alias="contact1" />';
    const { links } = readFetchXml(inEntity(link + named + link));
    expect(links.map(({ alias, type }) => `${alias} ${type}`)).toEqual([
      'contact2 inner',
      'contact1 inner',
      'contact3 inner',
    ]);
  });

  test.each([
    ['inner', 'inner'],
    ['natural', 'inner'],
    ['outer', 'outer'],
    ['exists', 'exists'],
    ['in', 'in'],
    ['matchfirstrowusingcrossapply', 'matchfirstrow'],
  ])('D-85 has links of the type %s', (written, type) => {
    const { links } = readFetchXml(
      inEntity(`<link-entity name="c" from="a" to="b" link-type="${written}"/>`),
    );
    expect(links[0]?.type).toBe(type);
  });

  test.each(['any', 'not any', 'all', 'not all'])(
    'DV-52 DV-53 DV-54 DV-55 has links of the type %s in filters, beside conditions',
    (type) => {
      const { filter } = readFetchXml(
        inEntity(`<filter type="or"><condition attribute="x" operator="null"/>
          <link-entity name="c" from="a" to="b" link-type="${type}">
            <filter><condition attribute="y" operator="eq" value="1"/></filter>
          </link-entity></filter>`),
      );
      expect(filter).toMatchObject({
        kind: 'or',
        parts: [{ kind: 'condition' }, { kind: 'link', test: type, link: { entity: 'c' } }],
      });
    },
  );

  test('asks for all columns of its table if it names none, for none of a link, and for none at all by no-attrs', () => {
    const { selection, links } = readFetchXml(inEntity('<link-entity name="c" from="a" to="b"/>'));
    expect(selection.all).toBe(true);
    expect(links[0]?.selection).toEqual({ all: false, columns: [] });
    expect(readFetchXml(inEntity('<no-attrs/>')).selection).toEqual({ all: false, columns: [] });
  });

  test('DV-68 DV-74 has pages of at most 5,000, a cookie and a count', () => {
    const { page, counts, ordersByValue } = readFetchXml(
      inEntity(
        '',
        `page="3" count="9999" returntotalrecordcount="true" useraworderby="1" paging-cookie='&lt;cookie page="2"/>'`,
      ),
    );
    expect(page).toEqual({ number: 3, size: 5000, cookie: '<cookie page="2"/>' });
    expect([counts, ordersByValue]).toEqual([true, true]);
    expect(readFetchXml(inEntity('', 'count="0"')).page).toEqual({ number: 1, size: 5000 });
  });

  test('DV-13 several choices that a column has at once are one value', () => {
    const { filter } = readFetchXml(
      inEntity(
        '<filter><condition attribute="x" operator="eq"><value>3</value><value>1</value></condition></filter>',
      ),
    );
    expect(filter?.parts).toMatchObject([{ values: [new OptionSetValueCollection([1, 3])] }]);
  });

  test('D-88 has aggregates, groups and orders by their aliases', () => {
    const { selection, aggregation, orders } = readFetchXml(
      inEntity(
        `<attribute name="revenue" alias="sum" aggregate="sum"/>
         <attribute name="name" alias="names" aggregate="countcolumn" distinct="true"/>
         <attribute name="createdon" alias="month" groupby="true" dategrouping="month" usertimezone="false"/>
         <order alias="month" descending="true"/>`,
        'aggregate="true" aggregatelimit="7"',
      ),
    );
    expect(selection.columns).toEqual([
      { column: 'revenue', alias: 'sum', aggregate: 'sum' },
      { column: 'name', alias: 'names', aggregate: 'countcolumn', distinct: true },
      {
        column: 'createdon',
        alias: 'month',
        groups: true,
        dateGrouping: 'month',
        inUserTimeZone: false,
      },
    ]);
    expect(aggregation).toEqual({ limit: 7, orders: [{ of: 'month', descending: true }] });
    expect(orders).toEqual([]);
  });

  test('has orders by the alias of a column, and by a column of a link', () => {
    const { orders } = readFetchXml(
      inEntity(
        '<attribute name="a" alias="x"/><order alias="x"/><order attribute="b" entityname="c"/>',
      ),
    );
    expect(orders).toEqual([
      { column: 'a', descending: false },
      { alias: 'c', column: 'b', descending: false },
    ]);
  });
});

describe('what is wrong with FetchXML', () => {
  test.each<[text: string, fault: string]>([
    [
      '',
      'FetchXml must be a valid XML document: document must contain a root element. (line 1, column 1)',
    ],
    [
      '<fetch>\n <entity></fetch>',
      'FetchXml must be a valid XML document: unexpected close tag. (line 2, column 18)',
    ],
    [
      '<fetch>&nbsp;</fetch>',
      'FetchXml must be a valid XML document: undefined entity. (line 1, column 14)',
    ],
    [
      '<fetch top="1" top="2"/>',
      'FetchXml must be a valid XML document: duplicate attribute: top. (line 1, column 25)',
    ],
    ['<query/>', 'Root node must be fetch (line 1, column 1)'],
    ['<fetch/>', 'At least some node is not valid: <fetch> without <entity> (line 1, column 1)'],
    [
      '<fetch>\n  <table/>\n</fetch>',
      'At least some node is not valid: <table> (line 2, column 3)',
    ],
    [
      '<fetch><entity name="a"><value>1</value></entity></fetch>',
      'At least some node is not valid: <value> in <entity> (line 1, column 25)',
    ],
    [
      '<fetch><entity/></fetch>',
      "At least some node is not valid: <entity> without 'name' (line 1, column 8)",
    ],
    [
      '<fetch>account</fetch>',
      'At least some node is not valid: <fetch> with text in it (line 1, column 1)',
    ],
    [
      inEntity('', 'top="many"'),
      'Top attribute in fetch node must be an integer (line 1, column 8)',
    ],
    [
      inEntity('', 'count="1.5"'),
      'Count attribute in fetch node must be an integer (line 1, column 8)',
    ],
    [
      inEntity('', 'page="99999999999"'),
      'Page attribute in fetch node must be an integer (line 1, column 8)',
    ],
    [inEntity('', 'page="0"'), 'Page attribute in fetch node must be 1 or more (line 1, column 8)'],
    [
      inEntity('', 'count="-1"'),
      'Count attribute in fetch node must be 0 or more (line 1, column 8)',
    ],
    [
      inEntity('', 'distinct="maybe"'),
      "Attribute 'distinct' in fetch node must be true or false (line 1, column 8)",
    ],
    [
      inEntity('', '\n toop="1"'),
      "At least some node is not valid: <fetch> has no attribute 'toop'; did you mean 'top'? (line 2, column 2)",
    ],
    [
      inEntity('<order/>'),
      "At least some node is not valid: <order> without 'attribute' (line 1, column 32)",
    ],
    [
      inEntity('<order alias="x"/>'),
      "No attribute beside it has the alias 'x' (line 1, column 39)",
    ],
    [
      inEntity('<filter type="xor"/>'),
      "A filter has the type and, or the type or, not 'xor' (line 1, column 40)",
    ],
  ])('D-89 is said, and where: %s', (text, fault) => {
    expect(faultOf(text)).toBe(fault);
  });

  test.each<[inside: string, fault: string]>([
    [
      '<condition attribute="a" operator="equals" value="1"/>',
      'Operator equals not yet implemented for condition expression',
    ],
    [
      '<condition attribute="a" operator="constructor"/>',
      'Operator constructor not yet implemented for condition expression',
    ],
    [
      '<condition operator="eq" value="1"/>',
      "At least some node is not valid: <condition> without 'attribute'",
    ],
    [
      '<condition attribute="a" value="1"/>',
      "At least some node is not valid: <condition> without 'operator'",
    ],
    [
      '<condition attribute="a" operator="eq" value="1" valueof="b"/>',
      'A condition has either a value or valueof, and this one has both',
    ],
    [
      '<condition attribute="a" operator="eq" value="1"><value>1</value></condition>',
      'A condition has either a value or <value>, and this one has both',
    ],
    [
      '<link-entity name="c" from="a" to="b"/>',
      "A link-entity in a filter has the link-type any, not any, all or not all, not ''",
    ],
  ])('D-89 D-81 of a condition: %s', (inside, fault) => {
    expect(faultOf(inEntity(`<filter>${inside}</filter>`))).toContain(fault);
  });

  test('DV-12 of a list without values', () => {
    expect(faultOf(inEntity('<filter><condition attribute="a" operator="in"/></filter>'))).toBe(
      "Condition operator 'In' requires 1 or more values, not 0 (line 1, column 40)",
    );
  });

  test('DV-72 of a top with pages', () => {
    expect(faultOf(inEntity('', 'top="1" page="2"'))).toBe(
      'Top attribute in fetch node cannot stand beside page and count (line 1, column 8)',
    );
  });

  test.each<[inside: string, fault: string]>([
    ['name="c" to="b"', "At least some node is not valid: <link-entity> without 'from'"],
    ['name="c" from="a"', "At least some node is not valid: <link-entity> without 'to'"],
    [
      'name="c" from="a" to="b" link-type="any"',
      "A link-entity with the link-type 'any' stands in a filter",
    ],
    ['name="c" from="a" to="b" link-type="left"', "The link-type 'left' is none"],
    [
      'name="c" from="a" to="b" alias="1c"',
      'Invalid character specified for alias: 1c. Only characters within the ranges [A-Z], [a-z] or [0-9] or _ are allowed. The first character may only be in the ranges [A-Z], [a-z] or _.',
    ],
  ])('D-85 of a link: %s', (attributes, fault) => {
    expect(faultOf(inEntity(`<link-entity ${attributes}/>`))).toContain(fault);
  });

  test.each<[inside: string, fault: string]>([
    ['<all-attributes/>', "Can't have <all-attributes /> present when using aggregate"],
    ['<attribute name="a" aggregate="sum"/>', 'Missing alias for attribute in aggregate fetch xml'],
    ['<attribute alias="a" aggregate="sum"/>', 'Missing name for attribute in aggregate fetch xml'],
    [
      '<attribute name="a" alias="a"/>',
      'Attributes must have be aggregated or grouped by when using aggregation',
    ],
    ['<attribute name="a" alias="a" aggregate="median"/>', "Unknown aggregate function 'median'"],
    [
      '<attribute name="a" alias="a" groupby="true" dategrouping="hour"/>',
      "Unknown dategrouping value 'hour'",
    ],
    [
      '<attribute name="a" alias="a" aggregate="sum" dategrouping="day"/>',
      "Attribute 'dategrouping' needs groupby='true'",
    ],
    [
      '<attribute name="a" alias="a" aggregate="sum" groupby="true"/>',
      'An attribute is aggregated or grouped by, and this one is both',
    ],
    [
      '<order descending="true"/>',
      'An alias is required for an order clause for an aggregate Query.',
    ],
    [
      '<order attribute="a"/>',
      'An attribute cannot be specified for an order clause for an aggregate Query. Use an alias',
    ],
    ['<order alias="zz"/>', "No attribute has the alias 'zz'"],
    [
      '<attribute name="a" alias="x" aggregate="sum"/><attribute name="b" alias="x" aggregate="sum"/>',
      "Two attributes have the alias 'x'",
    ],
  ])('D-88 DV-85 of an aggregate: %s', (inside, fault) => {
    expect(faultOf(inEntity(inside, 'aggregate="true"'))).toMatch(
      new RegExp(
        `^${fault.replaceAll(/[.*+?^$(){}|[\]\\]/g, String.raw`\$&`)} \\(line 1, column \\d+\\)$`,
      ),
    );
  });

  test('of aggregates in a query that is none', () => {
    expect(faultOf(inEntity('<attribute name="a" alias="b" aggregate="sum"/>'))).toContain(
      "Attribute 'aggregate' needs a fetch node with aggregate='true' around it",
    );
    expect(faultOf(inEntity('<attribute name="a" rowaggregate="Sum" alias="b"/>'))).toContain(
      "Unknown rowaggregate value 'Sum'",
    );
  });

  test('D-89 document types are refused, and with them all entities', () => {
    const bomb = `<!DOCTYPE fetch [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><fetch>&b;</fetch>`;
    expect(faultOf(bomb)).toContain('a document type is not allowed. (line 1, column');
    expect(faultOf('<!DOCTYPE fetch SYSTEM "file:///etc/passwd"><fetch/>')).toContain(
      'a document type is not allowed.',
    );
  });

  test('D-89 what is too long or too deep is refused', () => {
    expect(faultOf(' '.repeat(5_000_001))).toContain('no more than 5000000 characters');
    const deep = `${'<filter>'.repeat(10_000)}${'</filter>'.repeat(10_000)}`;
    expect(faultOf(inEntity(deep))).toContain('elements stand more than 100 deep. (line 1, column');
    expect(faultOf(inEntity('', `${'x'.repeat(100_000)}="1"`)).length).toBeLessThan(200);
    expect(faultOf(undefined as never)).toContain('FetchXml must be a valid XML document');
  });

  test('D-89 any text is understood or refused, and nothing else happens', () => {
    const words = fc.constantFrom(
      '<',
      '>',
      '/',
      '="',
      '"',
      "'",
      ' ',
      '&amp;',
      '&',
      '<!--',
      '-->',
      '<![CDATA[',
      ']]>',
      '<?xml?>',
      '\ud800',
      '\0',
      'fetch',
      'entity',
      'name',
      'attribute',
      'filter',
      'condition',
      'link-entity',
      'order',
      '1',
      'true',
      '<fetch>',
      '</fetch>',
      '<entity name="a">',
      '</entity>',
      '<filter>',
      '</filter>',
      '__proto__',
      'constructor',
      '<attribute name="toString"/>',
      '<condition attribute="a" operator="eq" value="1"/>',
      ' aggregate="true"',
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(words, { maxLength: 40 }).map((all) => all.join('')),
    );
    const cut = fc.tuple(fc.nat(600), fc.nat(600), text).map(([from, length, more]) => {
      const whole = inEntity(
        '<attribute name="a"/><filter type="or"><condition attribute="b" operator="in"><value>1</value></condition></filter><link-entity name="c" from="d" to="e"/>',
        'top="3"',
      );
      return whole.slice(0, from) + more + whole.slice(from + length);
    });
    let understood = 0;
    fc.assert(
      fc.property(fc.oneof(text, cut), (source) => {
        if (faultOf(source) === 'understood') understood++;
      }),
      { numRuns: 3000 },
    );
    expect(understood).toBeGreaterThan(0);
  });
});
