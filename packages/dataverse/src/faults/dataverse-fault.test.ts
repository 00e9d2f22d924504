/** Tests of faults: one class, with the number, the name and the text of the service, wherever a request fails. */
import { describe, expect, test } from 'vitest';
import {
  CreateRequest,
  DataverseFault,
  Entity,
  ExecuteMultipleRequest,
  FAULT_CODES,
  InvalidPluginExecutionException,
  OrganizationRequest,
  XrmFakedContextFactory,
} from '../index.ts';
import { faultOf } from './fault-of.ts';

describe('a fault', () => {
  test('D-43 has the number as the service sends it and as people write it, with the text of the list', () => {
    const fault = new DataverseFault('ObjectDoesNotExist');
    expect(fault.errorCode).toBe(-2_147_220_969);
    expect(fault.hexCode).toBe('0x80040217');
    expect(fault.message).toBe('The specified object was not found.');
    expect(new DataverseFault('ConcurrencyVersionMismatch').errorCode).toBe(-2_147_088_254);
    expect(new InvalidPluginExecutionException('no')).toMatchObject({
      faultName: 'IsvAborted',
      hexCode: '0x80040265',
      message: 'no',
    });
    expect(new InvalidPluginExecutionException()).toBeInstanceOf(DataverseFault);
  });

  test('D-43 of every name has a number of its own, and a status', () => {
    const all = Object.values(FAULT_CODES);
    expect(new Set(all.map(({ code }) => code)).size).toBe(all.length);
    for (const { code, status, text } of all) {
      expect(code).toBeGreaterThanOrEqual(0x80040000);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(600);
      expect(text).not.toBe('');
    }
  });

  test.each(['Retrieve', 'Update', 'Delete', 'Assign', 'Associate', 'SetState', 'CreateMultiple'])(
    'D-43 comes of a %s that says nothing',
    (name) => {
      const service = XrmFakedContextFactory.new().getOrganizationService();
      expect(() => service.execute(new OrganizationRequest(name))).toThrow(DataverseFault);
    },
  );

  test('D-43 of one request among many has its number, too', () => {
    const service = XrmFakedContextFactory.new().getOrganizationService();
    const target = new Entity('account', '11111111-1111-1111-1111-111111111111');
    const requests = [new CreateRequest({ target }), new CreateRequest({ target })];
    const { responses } = service.execute(new ExecuteMultipleRequest({ requests, settings: {} }));
    expect(responses[0]?.fault?.hexCode).toBe('0x80040237');
  });

  test('is made of anything that is thrown', () => {
    const fault = new DataverseFault('InvalidArgument');
    expect(faultOf(fault)).toBe(fault);
    const error = new RangeError('own');
    expect(faultOf(error)).toMatchObject({ message: 'own', cause: error, hexCode: '0x80040224' });
    expect(faultOf('text')).toMatchObject({ cause: 'text', faultName: 'IsvUnExpected' });
  });
});
