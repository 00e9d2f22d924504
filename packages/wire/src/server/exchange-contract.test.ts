/** Every kind of exchange keeps the same contract. */
import { type ContractClient, http1Client, http2Client } from '../../test-kit/contract-client.ts';
import { SERVER_CERTIFICATE } from '../../test-kit/certificate.ts';
import { exchangeContract } from '../../test-kit/exchange-contract/exchange-contract.ts';
import type { ContractSubject } from '../../test-kit/exchange-contract/subject.ts';
import { startServer } from '../../test-kit/running-server.ts';

const SUBJECTS: readonly (readonly [string, '1.1' | '2.0', boolean])[] = [
  ['HTTP/1.1', '1.1', false],
  ['HTTP/1.1 over TLS', '1.1', true],
  ['HTTP/2 over TLS', '2.0', true],
  ['HTTP/2 without TLS', '2.0', false],
];

for (const [name, version, isSecure] of SUBJECTS) {
  const connect = version === '2.0' ? http2Client : http1Client;
  const start: ContractSubject['start'] = async (handler, options) => {
    const h2c = version === '2.0' && !isSecure;
    const running = await startServer(handler, {
      ...options,
      h2c,
      ...(isSecure && { tls: SERVER_CERTIFICATE }),
    });
    const client: ContractClient = connect({ port: running.port, isSecure });
    return { ...running, client };
  };
  exchangeContract({ name, version, isSecure, start });
}
