/** Lets in who has shown a certificate in the TLS handshake, and says who that is. */
import { HttpError } from '@interpose/http';
import { outOfRange } from '@interpose/kernel/options';
import type { TlsSession } from '@interpose/wire';
import { BANDS } from '../definition/bands.ts';
import { ConsumerBook, isConsumerName } from '../consumer-book.ts';
import type { Consumer } from '../context.ts';
import { definePlugin, type PluginDefinition } from '../definition/plugin.ts';

/** How a certificate is named by its fingerprint. */
const FINGERPRINT = /^sha256:([0-9a-f]{64})$/;
/** How one is named by its subject. */
const SUBJECT = /^[A-Za-z]+=./;

/** The plugin `client-certificate`. */
export const clientCertificate: PluginDefinition = definePlugin({
  name: 'client-certificate',
  description:
    'Lets in only clients with a certificate that an authority of the listener vouches for.',
  options: {
    consumers: {
      type: 'record',
      min: 1,
      description:
        'The certificate of each consumer: its subject, such as CN=orders,O=Example, or sha256: and the hexadecimal fingerprint. Without it the common name says who it is.',
    },
    groups: {
      type: 'record',
      description: 'The groups of each consumer, with commas between them.',
    },
  },
  create({ consumers, groups }) {
    const find = consumers ? listed(consumers, groups) : byCommonName(groups);
    // A connection has the same one for all its requests.
    const known = new WeakMap<Certificate, Consumer>();
    return {
      access: {
        priority: BANDS.auth + 5,
        handle(ctx) {
          const certificate = ctx.tls?.clientCertificate;
          if (!certificate) {
            throw new HttpError(403, 'This needs a certificate of the client', {
              code: 'CLIENT_CERTIFICATE_MISSING',
            });
          }
          const consumer = known.get(certificate) ?? find(certificate);
          if (!consumer) {
            throw new HttpError(403, 'The certificate is that of nobody who is known here', {
              code: 'CLIENT_CERTIFICATE_UNKNOWN',
            });
          }
          known.set(certificate, consumer);
          ctx.consumer = consumer;
        },
      },
    };
  },
});

type Certificate = NonNullable<TlsSession['clientCertificate']>;
type Find = (certificate: Certificate) => Consumer | undefined;
type Texts = Readonly<Record<string, string>>;

function listed(consumers: Texts, groups: Texts | undefined): Find {
  const plugin = 'client-certificate';
  const book = new ConsumerBook({ plugin, names: Object.keys(consumers), groups });
  const byName = new Map<string, string>();
  for (const [name, text] of Object.entries(consumers)) {
    const fingerprint = text
      .replaceAll(':', '')
      .toLowerCase()
      .replace(/^sha256/, 'sha256:');
    const isFingerprint = FINGERPRINT.test(fingerprint);
    if (!isFingerprint && !SUBJECT.test(text)) {
      throw outOfRange(
        `${plugin}.consumers.${name}`,
        'a subject, or sha256: and a fingerprint',
        text,
      );
    }
    byName.set(isFingerprint ? fingerprint : text, name);
  }
  return (certificate) => {
    const name = byName.get(fingerprintOf(certificate)) ?? byName.get(subjectOf(certificate));
    return name === undefined ? undefined : book.of(name);
  };
}

function byCommonName(groups: Texts | undefined): Find {
  const names = Object.keys(groups ?? {});
  const book = new ConsumerBook({ plugin: 'client-certificate', names, groups });
  return (certificate) => {
    const name: unknown = certificate.toLegacyObject().subject?.CN;
    return isConsumerName(name) ? book.of(name) : undefined;
  };
}

function fingerprintOf({ fingerprint256 }: Certificate): string {
  return `sha256:${fingerprint256.replaceAll(':', '').toLowerCase()}`;
}

/** The subject with its narrowest part first, as RFC 4514 writes it. */
function subjectOf({ subject }: Certificate): string {
  return subject.split('\n').toReversed().join(',');
}
