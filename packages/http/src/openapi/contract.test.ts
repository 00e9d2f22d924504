/** Tests of contracts: what a document promises, and what of a change breaks clients. */
import { expect, test } from 'vitest';
import * as z from 'zod';
import { type App, createApp } from '../app.ts';
import { compareContracts, contractOf, type ServiceContract } from './contract.ts';
import { openApi } from './open-api.ts';

const contract = (app: App, version = '1'): ServiceContract =>
  contractOf(openApi(app, { info: { title: 'shop', version } }).document);

const Item = z.object({ sku: z.string() }).meta({ id: 'Item' });
const one = contract(
  createApp()
    .get('/items', { query: z.object({ page: z.string().optional() }), tags: ['items'] }, () => [])
    .post(
      '/items',
      { body: z.object({ item: Item }), responses: { 201: Item, 409: {} }, tags: ['items'] },
      () => null,
    )
    .delete('/items/:id', () => null),
);

test('F-98 a contract lists operations by module, with parameters, schemas and errors', () => {
  expect(one).toMatchObject({
    service_name: 'shop',
    service_version: '1',
    modules: { items: ['getItems', 'postItems'], root: ['deleteItemsById'] },
  });
  expect(one.endpoints[1]).toMatchObject({
    operation_id: 'postItems',
    method: 'POST',
    path_pattern: '/items',
    params: [],
    request_required: true,
    error_codes: [409, 415],
  });
  expect(one.endpoints[1]?.request_schema).toHaveProperty('$defs.Item');
  expect(one.endpoints[0]?.params).toEqual([
    { name: 'page', location: 'query', required: false, schema: { type: 'string' } },
  ]);
});

test('F-98 the same contract has not changed', () => {
  expect(compareContracts(one, one)).toEqual({
    added: [],
    removed: [],
    modified: [],
    breaking: [],
    nonBreaking: [],
  });
});

test('F-98 tells what clients stumble over and what they do not', () => {
  const Other = z.object({ sku: z.number() }).meta({ id: 'Item' });
  const two = contract(
    createApp()
      .get(
        '/items',
        { query: z.object({ page: z.string(), size: z.string().optional() }), tags: ['items'] },
        () => [],
      )
      .post(
        '/items',
        { body: z.object({ item: Other }), responses: { 201: Item }, tags: ['items'] },
        () => null,
      )
      .put('/items', () => null),
    '2',
  );
  const { added, removed, modified, breaking, nonBreaking } = compareContracts(one, two);
  expect([added, removed]).toEqual([['PUT /items'], ['DELETE /items/{id}']]);
  expect(modified).toEqual(['GET /items', 'POST /items']);
  expect(breaking).toEqual([
    'DELETE /items/{id}: is gone',
    'GET /items: query parameter "page" is required now',
    'POST /items: the body has another schema',
  ]);
  expect(nonBreaking).toEqual([
    'PUT /items: is new',
    'GET /items: query parameter "size" is new',
    'POST /items: other errors may come',
  ]);
});
