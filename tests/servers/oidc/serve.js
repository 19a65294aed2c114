// An OpenID Connect provider on 127.0.0.1 until it is ended, with two clients and its pages for development, where any
// name and any password log in: the name is the subject. Usage: serve.js PORT REDIRECT_URI ALGORITHM
import {generateKeyPairSync} from 'node:crypto';
import {createRequire} from 'node:module';
import {pathToFileURL} from 'node:url';

// The packages lie elsewhere: tools/setup.sh puts them below .deps.
const require = createRequire(pathToFileURL(process.env.HOLTER_OIDC_PACKAGES + '/package.json'));
const {default: Provider} = await import(pathToFileURL(require.resolve('oidc-provider')));

const [port, redirectUri, algorithm] = process.argv.slice(2);
const client = (id, more) => ({
  client_id: id, redirect_uris: [redirectUri], response_types: ['code'], grant_types: ['authorization_code'],
  id_token_signed_response_alg: algorithm, ...more});

const keys = [generateKeyPairSync('rsa', {modulusLength: 2048}), generateKeyPairSync('ec', {namedCurve: 'P-256'})];

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    client('holter', {client_secret: 'a secret: 100 %', token_endpoint_auth_method: 'client_secret_basic'}),
    client('holter-public', {token_endpoint_auth_method: 'none'}),
  ],
  jwks: {keys: keys.map((pair) => ({...pair.privateKey.export({format: 'jwk'}), use: 'sig'}))},
  enabledJWA: {idTokenSigningAlgValues: ['RS256', 'PS256', 'ES256']},
  cookies: {keys: ['only for tests']},
  pkce: {required: () => true},
  conformIdTokenClaims: false,  // the ID token has the claims of the scopes, too
  claims: {openid: ['sub'], profile: ['preferred_username'], email: ['email', 'email_verified']},
  findAccount: (_, subject) => ({
    accountId: subject,
    claims: () => ({
      sub: subject, preferred_username: subject + '-name', email: subject + '@example.org',
      email_verified: !subject.startsWith('unverified'),
    }),
  }),
});
provider.listen(Number(port), '127.0.0.1');
