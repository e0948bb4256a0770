/** Who may connect and how: SASL, TLS, principals, delegation tokens. */
import { boolean, double, int, javaClass, list, long, password, short, string } from '../key.ts'

export const securityKeys = {
  'authorizer.class.name': string(
    '',
    'The Java class that decides what each principal may do; empty lets everyone do everything.',
    { importance: 'low' },
  ),
  'connection.failed.authentication.delay.ms': int(
    100,
    'How long the broker waits before it closes a connection that failed to authenticate, to slow down guessing.',
    { min: 0, importance: 'low' },
  ),
  'connections.max.reauth.ms': long(
    0,
    'How long an authenticated connection may be used before the client must authenticate again; 0 never asks.',
  ),
  'delegation.token.expiry.check.interval.ms': long(
    3600000,
    'How often delegation tokens are looked at for those to remove.',
    { min: 1, importance: 'low' },
  ),
  'delegation.token.expiry.time.ms': long(86400000, 'How long a delegation token is valid before it must be renewed.', {
    min: 1,
  }),
  'delegation.token.max.lifetime.ms': long(604800000, 'How long a delegation token can be renewed in all.', { min: 1 }),
  'delegation.token.secret.key': password(
    null,
    'The secret by which delegation tokens are made and checked, the same on all nodes; without it there are none.',
  ),
  'principal.builder.class': javaClass(
    'org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder',
    "The Java class that makes a principal out of a connection; the built-in one stands for Ottla's own.",
    { update: 'per-broker' },
  ),
  'sasl.client.callback.handler.class': javaClass(
    null,
    "A Java class that answers a SASL client's questions. No class can be loaded, so none can be set.",
  ),
  'sasl.enabled.mechanisms': list(['GSSAPI'], 'The SASL mechanisms that clients may use.', { update: 'per-broker' }),
  'sasl.jaas.config': password(
    null,
    'Users and credentials for SASL in the form of a JAAS entry, set per listener and mechanism.',
    { update: 'per-broker' },
  ),
  'sasl.kerberos.kinit.cmd': string('/usr/bin/kinit', "The path of Kerberos' kinit.", { update: 'per-broker' }),
  'sasl.kerberos.min.time.before.relogin': long(60000, 'How long to wait between two renewals of a Kerberos ticket.', {
    update: 'per-broker',
  }),
  'sasl.kerberos.principal.to.local.rules': list(
    ['DEFAULT'],
    'Rules that shorten a Kerberos principal to a name; the first that matches counts.',
    { update: 'per-broker' },
  ),
  'sasl.kerberos.service.name': string(null, 'The Kerberos name under which brokers run.', { update: 'per-broker' }),
  'sasl.kerberos.ticket.renew.jitter': double(
    0.05,
    'By which part, at random, the renewal of a Kerberos ticket is moved.',
    { update: 'per-broker' },
  ),
  'sasl.kerberos.ticket.renew.window.factor': double(
    0.8,
    'After which part of its life a Kerberos ticket is renewed.',
    { update: 'per-broker' },
  ),
  'sasl.login.callback.handler.class': javaClass(
    null,
    'A Java class that answers questions at login. No class can be loaded, so none can be set.',
  ),
  'sasl.login.class': javaClass(null, 'A Java class that logs in. No class can be loaded, so none can be set.'),
  'sasl.login.connect.timeout.ms': int(null, 'How long to wait for a connection to the OAuth provider.', {
    importance: 'low',
  }),
  'sasl.login.read.timeout.ms': int(null, 'How long to wait for the answer of the OAuth provider.', {
    importance: 'low',
  }),
  'sasl.login.refresh.buffer.seconds': short(
    300,
    'How many seconds before its end at the latest an OAuth credential is renewed.',
    { update: 'per-broker' },
  ),
  'sasl.login.refresh.min.period.seconds': short(
    60,
    'How many seconds must pass between two renewals of an OAuth credential.',
    { update: 'per-broker' },
  ),
  'sasl.login.refresh.window.factor': double(0.8, 'After which part of its life an OAuth credential is renewed.', {
    update: 'per-broker',
  }),
  'sasl.login.refresh.window.jitter': double(
    0.05,
    'By which part, at random, the renewal of an OAuth credential is moved.',
    { update: 'per-broker' },
  ),
  'sasl.login.retry.backoff.max.ms': long(10000, 'The longest wait between two attempts to get an OAuth token.', {
    importance: 'low',
  }),
  'sasl.login.retry.backoff.ms': long(
    100,
    'How long to wait before another attempt to get an OAuth token; it doubles with each failure.',
    { importance: 'low' },
  ),
  'sasl.mechanism.controller.protocol': string(
    'GSSAPI',
    'The SASL mechanism by which this node authenticates to controllers.',
    { importance: 'high' },
  ),
  'sasl.mechanism.inter.broker.protocol': string(
    'GSSAPI',
    'The SASL mechanism by which this broker authenticates to others.',
    { update: 'per-broker' },
  ),
  'sasl.oauthbearer.allow.unverified.audience': boolean(
    false,
    'Takes OAuth tokens without a look at whom they were issued for.',
  ),
  'sasl.oauthbearer.allow.unverified.issuer': boolean(false, 'Takes OAuth tokens without a look at who issued them.'),
  'sasl.oauthbearer.assertion.algorithm': string(
    'RS256',
    'How the assertion by which an OAuth token is requested is signed.',
    { anyCaseOf: ['ES256', 'RS256'] },
  ),
  'sasl.oauthbearer.assertion.claim.aud': string(
    null,
    'The `aud` claim of the assertion by which an OAuth token is requested.',
  ),
  'sasl.oauthbearer.assertion.claim.exp.seconds': int(
    300,
    'For how many seconds from now the assertion by which an OAuth token is requested is valid.',
    { min: 0, max: 86400, importance: 'low' },
  ),
  'sasl.oauthbearer.assertion.claim.iss': string(
    null,
    'The `iss` claim of the assertion by which an OAuth token is requested.',
  ),
  'sasl.oauthbearer.assertion.claim.jti.include': boolean(
    false,
    'Gives the assertion by which an OAuth token is requested an id of its own.',
  ),
  'sasl.oauthbearer.assertion.claim.nbf.seconds': int(
    60,
    'From how many seconds ago on the assertion by which an OAuth token is requested is valid.',
    { min: 0, max: 3600, importance: 'low' },
  ),
  'sasl.oauthbearer.assertion.claim.sub': string(
    null,
    'The `sub` claim of the assertion by which an OAuth token is requested.',
  ),
  'sasl.oauthbearer.assertion.file': string(
    null,
    'A file with an assertion that is ready to use; the other assertion keys are then not looked at.',
  ),
  'sasl.oauthbearer.assertion.private.key.file': string(null, 'The PEM file of the private key that signs assertions.'),
  'sasl.oauthbearer.assertion.private.key.passphrase': password(
    null,
    'The passphrase of the private key that signs assertions.',
  ),
  'sasl.oauthbearer.assertion.template.file': string(null, 'A file with further headers and claims for assertions.'),
  'sasl.oauthbearer.client.credentials.client.id': string(
    null,
    'The client id with which an OAuth token is requested.',
  ),
  'sasl.oauthbearer.client.credentials.client.secret': password(
    null,
    'The secret with which an OAuth token is requested.',
  ),
  'sasl.oauthbearer.clock.skew.seconds': int(
    30,
    'By how many seconds the clocks of broker and OAuth provider may differ.',
    { importance: 'low' },
  ),
  'sasl.oauthbearer.expected.audience': list([], 'For whom an OAuth token must have been issued: one of these.', {
    importance: 'high',
  }),
  'sasl.oauthbearer.expected.issuer': string(null, 'By whom an OAuth token must have been issued.', {
    importance: 'high',
  }),
  'sasl.oauthbearer.jwks.endpoint.refresh.ms': long(
    3600000,
    'How often the keys that sign OAuth tokens are read again.',
    { importance: 'low' },
  ),
  'sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms': long(
    10000,
    'The longest wait between two attempts to read the keys that sign OAuth tokens.',
    { importance: 'low' },
  ),
  'sasl.oauthbearer.jwks.endpoint.retry.backoff.ms': long(
    100,
    'How long to wait before another attempt to read the keys that sign OAuth tokens; it doubles with each failure.',
    { importance: 'low' },
  ),
  'sasl.oauthbearer.jwks.endpoint.url': string(null, 'Where the keys that sign OAuth tokens are read.'),
  'sasl.oauthbearer.jwt.retriever.class': javaClass(
    'org.apache.kafka.common.security.oauthbearer.DefaultJwtRetriever',
    "The Java class that requests OAuth tokens; the built-in one stands for Ottla's own.",
  ),
  'sasl.oauthbearer.jwt.validator.class': javaClass(
    'org.apache.kafka.common.security.oauthbearer.DefaultJwtValidator',
    "The Java class that checks OAuth tokens; the built-in one stands for Ottla's own.",
  ),
  'sasl.oauthbearer.scope': string(null, 'The scope with which an OAuth token is requested.'),
  'sasl.oauthbearer.scope.claim.name': string('scope', 'The claim of an OAuth token that holds its scope.', {
    importance: 'low',
  }),
  'sasl.oauthbearer.sub.claim.name': string('sub', 'The claim of an OAuth token that holds the user.', {
    importance: 'low',
  }),
  'sasl.oauthbearer.token.endpoint.url': string(null, 'Where OAuth tokens are requested.'),
  'sasl.server.callback.handler.class': javaClass(
    null,
    "A Java class that answers a SASL server's questions. No class can be loaded, so none can be set.",
  ),
  'sasl.server.max.receive.size': int(524288, 'The largest request before and while a client authenticates.'),
  'security.inter.broker.protocol': string(
    'PLAINTEXT',
    'The protocol, and with it the listener, by which brokers talk to each other; set this or inter.broker.listener.name.',
    { oneOf: ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'] },
  ),
  'security.providers': string(null, 'Java security providers. Has no effect: there is no JVM.', { importance: 'low' }),
  'ssl.allow.dn.changes': boolean(
    false,
    'Lets a certificate be replaced by one of another name while the broker runs.',
    { importance: 'low' },
  ),
  'ssl.allow.san.changes': boolean(
    false,
    'Lets a certificate be replaced by one for other hosts while the broker runs.',
    { importance: 'low' },
  ),
  'ssl.cipher.suites': list([], 'The cipher suites that may be used; empty leaves it to the platform.', {
    update: 'per-broker',
  }),
  'ssl.client.auth': string(
    'none',
    'Whether clients must show a certificate (`required`), may (`requested`), or are not asked (`none`).',
    { oneOf: ['required', 'requested', 'none'], update: 'per-broker' },
  ),
  'ssl.enabled.protocols': list(['TLSv1.2', 'TLSv1.3'], 'The versions of TLS that may be used.', {
    update: 'per-broker',
  }),
  'ssl.endpoint.identification.algorithm': string(
    'https',
    "`https` checks that a server's certificate is for the host connected to; empty does not.",
    { importance: 'low', update: 'per-broker' },
  ),
  'ssl.engine.factory.class': javaClass(
    null,
    'A Java class that makes TLS engines. No class can be loaded, so none can be set.',
    { importance: 'low', update: 'per-broker' },
  ),
  'ssl.key.password': password(null, 'The passphrase of the private key.', { update: 'per-broker' }),
  'ssl.keymanager.algorithm': string('SunX509', "Java's algorithm for keys. Has no effect: there is no JVM.", {
    update: 'per-broker',
  }),
  'ssl.keystore.certificate.chain': password(null, 'The certificates of the broker as PEM text.', {
    update: 'per-broker',
  }),
  'ssl.keystore.key': password(null, 'The private key of the broker as PEM text.', { update: 'per-broker' }),
  'ssl.keystore.location': string(null, "The file of the broker's private key and certificates.", {
    update: 'per-broker',
  }),
  'ssl.keystore.password': password(null, 'The password of the file at ssl.keystore.location.', {
    update: 'per-broker',
  }),
  'ssl.keystore.type': string('JKS', 'The format of the file at ssl.keystore.location: JKS, PKCS12 or PEM.', {
    update: 'per-broker',
  }),
  'ssl.principal.mapping.rules': string(
    'DEFAULT',
    "Rules that shorten the name in a client's certificate; the first that matches counts.",
    { importance: 'low' },
  ),
  'ssl.protocol': string('TLSv1.3', 'The version of TLS that is preferred.', { update: 'per-broker' }),
  'ssl.provider': string(null, "Java's provider of TLS. Has no effect: there is no JVM.", { update: 'per-broker' }),
  'ssl.secure.random.implementation': string(
    null,
    "Java's source of randomness for TLS. Has no effect: there is no JVM.",
    { importance: 'low', update: 'per-broker' },
  ),
  'ssl.trustmanager.algorithm': string('PKIX', "Java's algorithm for trust. Has no effect: there is no JVM.", {
    update: 'per-broker',
  }),
  'ssl.truststore.certificates': password(null, 'The certificates that are trusted, as PEM text.', {
    update: 'per-broker',
  }),
  'ssl.truststore.location': string(null, 'The file of the certificates that are trusted.', { update: 'per-broker' }),
  'ssl.truststore.password': password(null, 'The password of the file at ssl.truststore.location.', {
    update: 'per-broker',
  }),
  'ssl.truststore.type': string('JKS', 'The format of the file at ssl.truststore.location: JKS, PKCS12 or PEM.', {
    update: 'per-broker',
  }),
} as const
