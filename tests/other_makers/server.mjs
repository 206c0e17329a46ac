// An OpenID Connect server that is not ours: PKCE is required, refresh tokens change with every use, and one that comes
// back a second time ends its consent. Says its address in one line on its output, and goes when its input is closed.

import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const [redirectUri] = process.argv.slice(2);
const CLIENT = {
  client_id: 'tallystick',
  client_secret: 'a secret between the two of us',
  redirect_uris: [redirectUri],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
};
const SALES = [
  { number: 'S-3', day: '2026-03-03', total: '12.50' },
  { number: 'S-2', day: '2026-03-02', total: '99.00' },
  { number: 'S-1', day: '2026-03-01', total: '7.25' },
];
const NAMES = { bob: 'Bob’s Bakery', charlie: 'Charlie’s Cycles' };

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const address = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(address, {
    clients: [CLIENT],
    pkce: { methods: ['S256'], required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: () => true,
    scopes: ['openid', 'offline_access'],
    claims: { openid: ['sub', 'name', 'sales'] },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id, name: NAMES[id], sales: SALES }) }),
    cookies: { keys: ['kept for the length of a test'] },
    features: { devInteractions: { enabled: true }, revocation: { enabled: true }, userinfo: { enabled: true } },
    ttl: { AccessToken: 300, Grant: 86400, IdToken: 300, Interaction: 900, RefreshToken: 86400, Session: 86400 },
  });
  server.on('request', provider.callback());
  console.log(address);
});

process.stdin.on('end', () => process.exit()).resume();
