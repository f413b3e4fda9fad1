// A case study is written, reviewed, consented to and published by the API and by plain forms, and
// read by programs that are not ours, until its customer withdraws.
import assert from 'node:assert/strict'
import { parseFeed } from '@rowanmanning/feed-parser'
import { Mailbox } from './mailbox.mjs'

const run = Date.now().toString(36)
const kim = `kim@hotel-${run}.example`
const title = `How a hotel gave up its keys <${run}>`

// Whoever may do so is made by the story before: a partner with its people.
export default async function caseStudy(tap, portal) {
  const mailbox = new Mailbox(portal.mail)
  const actors = {}
  const sign = async (who, email, password) => {
    const answer = await ask(undefined, `mutation($input: SessionCreateInput!) {
      sessionCreate(input: $input) { tokens { accessToken } userErrors { message } } }`, { input: { email, password } })
    actors[who] = answer.sessionCreate.tokens.accessToken
  }
  const ask = async (who, query, variables = {}) => {
    const bearer = actors[who]
    const answer = await fetch(`${portal.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(bearer && { authorization: `Bearer ${bearer}` }) },
      body: JSON.stringify({ query, variables }),
    })
    const { data, errors } = await answer.json()
    assert.equal(errors, undefined, JSON.stringify(errors))
    return data
  }
  const take = { Submit: '', TakeUp: '', Publish: '', Approve: 'Review' }
  const act = async (who, verb, input) => {
    const type = verb in take ? `CaseStudy${take[verb]}Input` : `CaseStudy${verb}Input`
    const read = verb.startsWith('Consent') ? 'consent { id version state }' : 'caseStudy { id version state slug }'
    const data = await ask(who, `mutation($input: ${type}!) { done: caseStudy${verb}(input: $input) {
      ${read} userErrors { code field message } } }`, { input })
    assert.deepEqual(data.done.userErrors, [], verb)
    return data.done.caseStudy ?? data.done.consent
  }
  const get = async (path, options) => fetch(`${portal.url}${path}`, { redirect: 'manual', ...options })

  const published = await tap.check('a case study is written, reviewed and consented to', async () => {
    await sign('admin', portal.admin, portal.password)
    const { partners } = await ask('admin', '{ partners(first: 1) { nodes { id memberships(filter: { role: { eq: PARTNER_ADMIN }, state: { eq: ACTIVE } }) { nodes { person { email } } } } } }')
    const [partner] = partners.nodes
    assert.ok(partner, 'the story comes first')
    const { email } = partner.memberships.nodes[0].person
    await sign('member', email, 'vellum-otter-58-quarry')
    const next = (study, more) => ({ id: study.id, expectedVersion: study.version, ...more })
    let study = await act('member', 'Create', { partner: partner.id, locale: 'en', title })
    study = await act('member', 'Update', next(study, {
      summary: 'Keys & queues, gone.', customer: 'Hotel Ribeira', industry: 'HOSPITALITY', region: 'EMEA',
      products: ['Doors'], challenge: 'Keys were **lost**.', solution: '1. Locks\n2. Phones', outcome: 'No queue.',
      results: [{ label: 'Time at the desk', value: '−40', unit: '%' }],
    }))
    study = await act('member', 'Submit', next(study))
    study = await act('admin', 'Approve', next(study))
    await act('member', 'ConsentAsk', {
      caseStudy: study.id, expectedVersion: study.version, name: 'Kim Kessler', email: kim, locale: 'de',
    })
    const letter = await mailbox.next(kim, /Dürfen wir das veröffentlichen/)
    const { pathname: link } = new URL(letter.text.match(/https?:\S+\/consent\/\S+/)[0])
    const page = await get(link)
    assert.equal(page.status, 200)
    assert.match(await page.text(), /Darf das veröffentlicht werden\?/)
    const answered = await get(link, { method: 'POST', body: new URLSearchParams({ answer: 'yes', note: '' }) })
    assert.equal(answered.status, 303)
    const back = new URL(answered.headers.get('location'), `${portal.url}${link}`)
    assert.match(await (await fetch(back)).text(), /Sie haben zugestimmt/)
    study = await act('admin', 'Publish', next(study))
    return { ...study, link }
  })
  if (!published) return
  const path = `/case-studies/${published.slug}`

  await tap.check('its page says what it is to search engines', async () => {
    const html = await (await get(path)).text()
    const [, json] = html.match(/<script type="application\/ld\+json">(.*?)<\/script>/s)
    const described = JSON.parse(json)
    assert.equal(described['@type'], 'Article')
    assert.equal(described.headline, title)
    assert.equal(described.about.name, 'Hotel Ribeira')
    assert.ok(html.includes('<strong>lost</strong>'))
  })
  await tap.check('its feed is read by a parser that is not ours, and is not sent twice', async () => {
    const answer = await get('/case-studies/feed.atom')
    const feed = parseFeed(await answer.text())
    assert.equal(feed.meta.type, 'atom')
    const entry = feed.items.find((item) => item.title === title)
    assert.ok(entry, 'it is in the feed')
    assert.equal(entry.url, `${portal.pages}${path}`)
    assert.equal(entry.description, 'Keys & queues, gone.')
    assert.match(entry.content, /<strong>lost<\/strong>/)
    assert.ok(entry.published instanceof Date)
    const again = await get('/case-studies/feed.atom', { headers: { 'if-none-match': answer.headers.get('etag') } })
    assert.equal(again.status, 304)
  })
  await tap.check('nobody has to sign in to read it by the API', async () => {
    const { caseStudy } = await ask('nobody', 'query($slug: String!) { caseStudy(slug: $slug) { title partner { id } } }', { slug: published.slug })
    assert.deepEqual(caseStudy, { title, partner: null })
  })
  await tap.check('once its customer withdraws it is gone everywhere', async () => {
    const body = new URLSearchParams({ answer: 'withdraw', note: 'Wir sind umgezogen.' })
    assert.equal((await get(published.link, { method: 'POST', body })).status, 303)
    assert.equal((await get(path)).status, 410)
    assert.ok(!(await (await get('/case-studies/feed.atom')).text()).includes(run))
    const { caseStudy } = await ask('nobody', 'query($slug: String!) { caseStudy(slug: $slug) { title } }', { slug: published.slug })
    assert.equal(caseStudy, null)
  })
}
