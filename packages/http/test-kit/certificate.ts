/** A certificate for tests, valid from 2020 to 2120, made once with `openssl ca -selfsign`. Everybody can read the key: it protects nothing. */

/** A certificate and its key in PEM. */
export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

/** For `localhost`, 127.0.0.1 and ::1. */
export const SERVER_CERTIFICATE: TestCertificate = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBsTCCAVegAwIBAgIBATAKBggqhkjOPQQDAjAwMRowGAYDVQQKDBFUZXN0IG9u
bHksIHNlcnZlcjESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTIwMDEwMTAwMDAwMFoY
DzIxMjAwMTAxMDAwMDAwWjAwMRowGAYDVQQKDBFUZXN0IG9ubHksIHNlcnZlcjES
MBAGA1UEAwwJbG9jYWxob3N0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEVEu7
vXQIbsw6vbexomvuZmB9FgxGA2SWyoyCWHGR/UYF1nxDlb0g9ZCWXY8PvpCFQToo
Hy3W+kd+eb5b01pydqNgMF4wDwYDVR0TAQH/BAUwAwEB/zAdBgNVHQ4EFgQUhcIi
OTviY8/VJLGo2cn4NHMGA6IwLAYDVR0RBCUwI4IJbG9jYWxob3N0hwR/AAABhxAA
AAAAAAAAAAAAAAAAAAABMAoGCCqGSM49BAMCA0gAMEUCIFI3msb16qhNo86/RCru
CROJQbVhT43AYKgKzj4TC2aLAiEAyP/Yqa/Z1xNGHw274ARizcJ8mBSIPyA1qJv2
8txkwgU=
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgBQVELCIrcUaix3EF
ecDlyHvJWFZv99Bohu52Wci2mu6hRANCAARUS7u9dAhuzDq9t7Gia+5mYH0WDEYD
ZJbKjIJYcZH9RgXWfEOVvSD1kJZdjw++kIVBOigfLdb6R355vlvTWnJ2
-----END PRIVATE KEY-----
`,
};
