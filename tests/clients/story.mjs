// From application to onboarded partner, as people live through it: anonymous, staff, members.
import assert from 'node:assert/strict'
import { FrontEnd } from './front-end.mjs'
import { Mailbox, token } from './mailbox.mjs'

// Names of its own in each run, so that a portal can be asked twice.
const run = Date.now().toString(36)
const password = 'vellum-otter-58-quarry'

const gruenwald = {
  legalName: `Grünwald Systemhaus ${run} GmbH`,
  website: `https://www.gruenwald-${run}.example`,
  country: 'DE',
  kind: 'RESELLER',
  regions: ['EMEA'],
  timeZone: 'Europe/Berlin',
  locale: 'de',
  contactName: 'Jana Grünwald',
  why: 'Wir betreuen den Mittelstand und führen Ihre Produkte bei Kunden ein.',
}
const jana = `jana@gruenwald-${run}.example`
const tom = `tom@gruenwald-${run}.example`
const otto = `otto@gruenwald-${run}.example`
const paula = `paula-${run}@northwind.example`

const plan = `
slug: story-${run}
name: Der Weg zum Partner
locale: de
kinds: [RESELLER]
steps:
  - key: profile
    title: Firmenprofil
    instructions: Stellen Sie Ihr Unternehmen vor.
    performer: PARTNER
    dueDays: 14
    rule: { kind: FORM_FILLED }
    questions:
      - { key: employees, label: Wie viele Mitarbeitende?, type: NUMBER, required: true }
      - { key: focus, label: Worin sind Sie stark?, type: LONG_TEXT }
    needsReview: true
  - key: agreement
    title: Partnervertrag
    performer: PARTNER
    dueDays: 21
    requires: [profile]
    rule: { kind: AGREEMENT_ACCEPTED, agreement: partner-agreement, version: "1" }
  - key: kickoff
    title: Auftaktgespräch
    performer: VENDOR
    dueDays: 28
    requires: [agreement]
    rule: { kind: MANUAL_SIGN_OFF }
  - key: course
    title: Grundkurs
    performer: SYSTEM
    dueDays: 45
    rule: { kind: COURSE_COMPLETED, course: foundations, members: 2 }
  - key: reference
    title: Referenz
    performer: PARTNER
    dueDays: 60
    requires: [kickoff, course]
    rule: { kind: DOCUMENT_UPLOADED, document: reference }
    needsReview: true
`

export default async function story(tap, portal) {
  const mailbox = new Mailbox(portal.mail)
  const visitor = new FrontEnd(portal.url)
  const admin = new FrontEnd(portal.url)
  const manager = new FrontEnd(portal.url)
  const applicant = new FrontEnd(portal.url)
  const colleague = new FrontEnd(portal.url)
  const state = {}

  // A story is told in order: what follows a chapter that failed has nothing to stand on.
  const chapters = []
  const chapter = (name, tell) => chapters.push([name, tell])

  const step = async (who, key) => {
    const { node } = await who.ask('Onboarding', { partner: state.partner })
    const found = node.onboarding.steps.nodes.find((it) => it.key === key)
    assert.ok(found, `there is no step ${key}`)
    return found
  }
  const handIn = async (who, key, rest = {}) => {
    const { id, version } = await step(who, key)
    return { id, expectedVersion: version, ...rest }
  }
  const seat = async (email) => {
    const { node } = await applicant.ask('Members', { partner: state.partner })
    const found = node.memberships.nodes.find(({ person }) => person.email === email)
    assert.ok(found, `${email} has no seat`)
    return found
  }

  chapter('an administrator signs in and invites a partner manager', async () => {
    const wrong = { email: portal.admin, password: 'not this one' }
    const [error] = await admin.refused('SignIn', { ...wrong })
    assert.equal(error.code, 'INVALID_CREDENTIALS')
    const { tokens } = await admin.change('SignIn', {
      email: portal.admin,
      password: portal.password,
    })
    admin.signedInBy(tokens)
    await admin.change('InviteStaff', {
      email: paula,
      name: 'Paula Partner',
      roles: ['PARTNER_MANAGER'],
      locale: 'en',
      timeZone: 'Europe/London',
    })
  })

  chapter('the partner manager takes her seat by the link of the letter', async () => {
    const letter = await mailbox.next(paula, /invit/i)
    assert.ok(letter.html && letter.text, 'a letter is HTML and text')
    const [weak] = await manager.refused('AcceptInvitation', {
      token: token(letter),
      password: 'password',
    })
    assert.match(weak.code, /^PASSWORD_/)
    const accept = { token: token(letter), password }
    const { tokens } = await manager.change('AcceptInvitation', accept)
    manager.signedInBy(tokens)
    const { viewer } = await manager.ask('Viewer')
    assert.equal(viewer.person.email, paula)
    const [used] = await new FrontEnd(portal.url).refused('AcceptInvitation', accept)
    assert.equal(used.code, 'LINK_INVALID')
  })

  chapter('she writes an onboarding plan as a YAML file and publishes it', async () => {
    const faults = await manager.refused('SavePlan', {
      plan: { yaml: plan.replace('requires: [profile]', 'requires: [nothing]') },
    })
    assert.equal(faults[0].code, 'UNKNOWN_STEP')
    const { planVersion } = await manager.change('SavePlan', { plan: { yaml: plan } })
    assert.equal(planVersion.state, 'DRAFT')
    const published = await manager.change('PublishPlan', {
      id: planVersion.id,
      expectedVersion: planVersion.version,
    })
    assert.equal(published.planVersion.state, 'PUBLISHED')
    state.plan = planVersion.id
  })

  chapter('a company applies, and every fault of its form is told at once', async () => {
    const { portal: told } = await visitor.ask('Terms')
    const application = {
      company: gruenwald,
      contactEmail: jana,
      termsVersion: told.termsVersion,
      acceptsTerms: true,
    }
    const faults = await visitor.refused('Apply', {
      ...application,
      company: { ...gruenwald, country: 'Germany', timeZone: 'Berlin' },
      acceptsTerms: false,
    })
    const fields = faults.map(({ field }) => field.at(-1)).sort()
    assert.deepEqual(fields, ['acceptsTerms', 'country', 'timeZone'])
    const applied = await visitor.change('Apply', application)
    assert.equal(applied.application.state, 'APPLIED')
    state.application = applied.application.id
    // The same company once more, by another name: nothing is dropped.
    const second = await visitor.change('Apply', {
      ...application,
      company: { ...gruenwald, legalName: `GRUNWALD Systemhaus ${run}`, locale: 'en' },
      contactEmail: otto,
    })
    state.second = second.application.id
  })

  chapter('the applicants confirm their addresses, in their own languages', async () => {
    const letter = await mailbox.next(jana, /bestätigen/i)
    await visitor.change('Confirm', { token: token(letter) })
    const other = await mailbox.next(otto, /confirm/i)
    await visitor.change('Confirm', { token: token(other) })
    await mailbox.next(jana, /Bewerbung ist da/)
    await mailbox.next(paula, new RegExp(gruenwald.legalName))
  })

  chapter('staff see the applications page by page, with the possible duplicate', async () => {
    const filter = { state: { in: ['APPLIED', 'IN_REVIEW'] } }
    const list = manager.watch('Applications', { first: 1, filter })
    const { data } = await list.refetch()
    assert.equal(data.partnerApplications.edges.length, 1)
    assert.ok(data.partnerApplications.totalCount >= 2)
    const { endCursor, hasNextPage } = data.partnerApplications.pageInfo
    assert.equal(hasNextPage, true)
    await list.fetchMore({ variables: { first: 1, after: endCursor } })
    const merged = list.getCurrentResult().data.partnerApplications.edges.map(({ node }) => node)
    assert.deepEqual(
      merged.map(({ id }) => id),
      [state.second, state.application],
    )
    assert.deepEqual(
      merged.map(({ possibleDuplicates }) => possibleDuplicates[0].id),
      [state.application, state.second],
    )
  })

  chapter('nobody else sees them', async () => {
    assert.equal((await visitor.ask('Application', { id: state.application })).node, null)
  })

  chapter('the reviewer asks for changes and names the fields', async () => {
    const { node } = await manager.ask('Application', { id: state.application })
    const taken = await manager.change('Take', { id: node.id, expectedVersion: node.version })
    assert.equal(taken.application.state, 'IN_REVIEW')
    const [stale] = await manager.refused('RequestChanges', {
      id: node.id,
      expectedVersion: node.version,
      reason: 'Bitte',
      fields: ['why'],
    })
    assert.equal(stale.code, 'CONFLICT')
    const asked = await manager.change('RequestChanges', {
      id: node.id,
      expectedVersion: taken.application.version,
      reason: 'Bitte nennen Sie Ihre Kunden.',
      fields: ['why'],
    })
    assert.equal(asked.application.state, 'ACTION_REQUIRED')
  })

  chapter('the applicant mends it by the link of the letter', async () => {
    const letter = await mailbox.next(jana, /ergänzen/)
    assert.match(letter.text, /Bitte nennen Sie Ihre Kunden\./)
    const { partnerApplicationByToken: mine } = await visitor.ask('ApplicationByToken', {
      token: token(letter),
    })
    assert.equal(mine.why, gruenwald.why)
    const mended = await visitor.change('Resubmit', {
      token: token(letter),
      company: { ...gruenwald, why: `${gruenwald.why} Darunter zwölf Stadtwerke.` },
    })
    assert.match(mended.application.why, /Stadtwerke/)
    await mailbox.next(paula, /Mended application/)
  })

  chapter('the reviewer approves it, and turns the duplicate down', async () => {
    const { node } = await manager.ask('Application', { id: state.application })
    const { viewer } = await manager.ask('Viewer')
    const approved = await manager.change('Approve', {
      id: node.id,
      expectedVersion: node.version,
      owner: viewer.person.id,
      kind: 'RESELLER',
      region: 'EMEA',
      planVersion: state.plan,
      reason: 'Willkommen!',
    })
    assert.equal(approved.application.state, 'APPROVED')
    assert.equal(approved.partner.state, 'ONBOARDING')
    state.partner = approved.partner.id
    const [late] = await manager.refused('Approve', {
      id: node.id,
      expectedVersion: node.version,
      region: 'EMEA',
    })
    assert.match(late.code, /^(ALREADY_DECIDED|CONFLICT)$/)
    const { node: other } = await manager.ask('Application', { id: state.second })
    const rejected = await manager.change('Reject', {
      id: other.id,
      expectedVersion: other.version,
      reason: 'Your colleague has applied already.',
      welcomeAgainOn: new Date(Date.now() + 90 * 86_400_000).toISOString().slice(0, 10),
    })
    assert.equal(rejected.application.state, 'REJECTED')
    const letter = await mailbox.next(otto, /Your colleague has applied already\./)
    assert.ok(letter.html)
  })

  chapter('the contact takes the seat of the partner administrator', async () => {
    await mailbox.next(jana, /Willkommen bei/)
    const letter = await mailbox.next(jana, /Einladung|eingeladen/i)
    const { tokens } = await applicant.change('AcceptInvitation', {
      token: token(letter),
      password,
    })
    applicant.signedInBy(tokens)
    const { viewer } = await applicant.ask('Viewer')
    assert.equal(viewer.person.memberships.nodes[0].role, 'PARTNER_ADMIN')
    assert.equal(viewer.person.memberships.nodes[0].partner.id, state.partner)
    const welcome = await mailbox.next(jana, /Onboarding-Plan/)
    assert.match(welcome.text, /Firmenprofil[\s\S]*Referenz/)
  })

  chapter('the last administrator can be neither demoted nor deactivated', async () => {
    const { id, version } = await seat(jana)
    const seatOfJana = { id, expectedVersion: version }
    const [demoted] = await applicant.refused('ChangeRole', {
      ...seatOfJana,
      role: 'PARTNER_MEMBER',
    })
    assert.equal(demoted.code, 'LAST_ADMIN')
    const [deactivated] = await applicant.refused('Deactivate', seatOfJana)
    assert.equal(deactivated.code, 'LAST_ADMIN')
  })

  chapter('she invites a colleague, who becomes an administrator and loses his seat', async () => {
    await applicant.change('InviteMember', {
      partner: state.partner,
      email: tom,
      name: 'Tom Berger',
      role: 'PARTNER_MEMBER',
    })
    const { tokens } = await colleague.change('AcceptInvitation', {
      token: token(await mailbox.next(tom, /Einladung|eingeladen/i)),
      password,
    })
    colleague.signedInBy(tokens)
    const invite = { partner: state.partner, email: `x-${tom}`, name: 'X', role: 'PARTNER_ADMIN' }
    assert.equal(await colleague.fails('InviteMember', { input: invite }), 'FORBIDDEN')
    let { id, version } = await seat(tom)
    const promoted = await applicant.change('ChangeRole', {
      id,
      expectedVersion: version,
      role: 'PARTNER_ADMIN',
    })
    assert.equal(promoted.membership.role, 'PARTNER_ADMIN')
    ;({ id, version } = await seat(tom))
    await applicant.change('Deactivate', { id, expectedVersion: version })
    assert.equal((await colleague.ask('Members', { partner: state.partner })).node, null)
  })

  chapter('the plan has one step open, and what waits is locked', async () => {
    assert.equal((await step(applicant, 'profile')).state, 'OPEN')
    assert.equal((await step(applicant, 'agreement')).state, 'LOCKED')
    const [locked] = await applicant.refused('SubmitStep', await handIn(applicant, 'agreement'))
    assert.equal(locked.code, 'LOCKED')
  })

  chapter('the form is saved half and refused half, then handed in whole', async () => {
    const half = [{ question: 'focus', value: 'Stadtwerke' }]
    await applicant.change('SaveStep', await handIn(applicant, 'profile', { answers: half }))
    const [missing] = await applicant.refused('SubmitStep', await handIn(applicant, 'profile'))
    assert.equal(missing.code, 'REQUIRED')
    const answers = [...half, { question: 'employees', value: '40' }]
    const { step: submitted } = await applicant.change(
      'SubmitStep',
      await handIn(applicant, 'profile', { answers }),
    )
    assert.equal(submitted.state, 'SUBMITTED')
    await mailbox.next(paula, /To review: Firmenprofil/)
  })

  chapter('it is returned with a reason, handed in again and signed off', async () => {
    const { step: returned } = await manager.change(
      'ReturnStep',
      await handIn(manager, 'profile', { reason: 'Wirklich vierzig?', fields: ['employees'] }),
    )
    assert.equal(returned.state, 'RETURNED')
    const letter = await mailbox.next(jana, /noch einmal/)
    assert.match(letter.text, /Wirklich vierzig\?/)
    const answers = [{ question: 'employees', value: '42' }]
    await applicant.change('SubmitStep', await handIn(applicant, 'profile', { answers }))
    const { step: done } = await manager.change('SignOffStep', await handIn(manager, 'profile'))
    assert.equal(done.state, 'DONE')
    await mailbox.next(jana, /Erledigt: Firmenprofil/)
    await mailbox.next(jana, /nächster Schritt: Partnervertrag/)
  })

  chapter('accepting the agreement completes its step by the fact', async () => {
    assert.equal((await step(applicant, 'agreement')).state, 'OPEN')
    const { step: accepted } = await applicant.change(
      'SubmitStep',
      await handIn(applicant, 'agreement'),
    )
    assert.equal(accepted.state, 'DONE')
  })

  chapter('the vendor does its own step, and waives the course', async () => {
    const { step: held } = await manager.change(
      'CompleteStep',
      await handIn(manager, 'kickoff', { evidence: 'Gespräch am Vormittag' }),
    )
    assert.equal(held.state, 'DONE')
    const waive = await handIn(manager, 'course')
    const [why] = await manager.refused('WaiveStep', waive)
    assert.equal(why.code, 'REQUIRED')
    const { step: waived } = await manager.change('WaiveStep', {
      ...waive,
      reason: 'Beide sind schon geschult.',
    })
    assert.equal(waived.state, 'WAIVED')
    const letter = await mailbox.next(jana, /Nicht nötig: Grundkurs/)
    assert.match(letter.text, /Beide sind schon geschult\./)
  })

  chapter('the last step makes the partner active', async () => {
    const evidence = 'Referenz der Stadtwerke Musterstadt, liegt bei.'
    await applicant.change('SubmitStep', await handIn(applicant, 'reference', { evidence }))
    const { step: done } = await manager.change('SignOffStep', await handIn(manager, 'reference'))
    assert.equal(done.state, 'DONE')
    const { node } = await applicant.ask('Onboarding', { partner: state.partner })
    assert.equal(node.state, 'ACTIVE')
    assert.ok(node.onboarding.completedAt)
    await mailbox.next(jana, /aktiver Partner/)
    await mailbox.next(paula, /now an active partner/)
  })

  chapter('how long onboarding takes can be read, by staff alone', async () => {
    const { onboardingReport } = await manager.ask('Report')
    assert.ok(onboardingReport.overall.count >= 1)
    assert.ok(onboardingReport.groups.some(({ kind }) => kind === 'RESELLER'))
    assert.equal(await applicant.fails('Report'), 'FORBIDDEN')
  })

  chapter('a session is renewed by its refresh token, once, and ends', async () => {
    const { tokens } = await applicant.change('SignIn', { email: jana, password })
    const renewed = await applicant.change('Refresh', { refreshToken: tokens.refreshToken })
    applicant.signedInBy(renewed.tokens)
    await applicant.ask('Viewer')
    const otherTab = await visitor.change('Refresh', { refreshToken: tokens.refreshToken })
    assert.equal(otherTab.tokens.refreshToken, renewed.tokens.refreshToken)
    const next = await visitor.change('Refresh', { refreshToken: renewed.tokens.refreshToken })
    // Its successor was used: now it can only be a copy.
    const [reused] = await visitor.refused('Refresh', { refreshToken: tokens.refreshToken })
    assert.equal(reused.code, 'SESSION_ENDED')
    const [family] = await visitor.refused('Refresh', { refreshToken: next.tokens.refreshToken })
    assert.equal(family.code, 'SESSION_ENDED')
    assert.equal(await applicant.fails('Viewer'), 'UNAUTHENTICATED')
    await mailbox.next(jana, /abgemeldet|beendet|zweimal/i)
  })

  chapter('every letter has both forms, one language, and no link to another place', async () => {
    const letters = await mailbox.letters()
    assert.ok(letters.length >= 15, `${letters.length} letters`)
    for (const letter of letters) {
      assert.ok(letter.html && letter.text, `${letter.subject} has both forms`)
      const origins = (letter.text.match(/https?:\/\/[^/\s>)]+/g) ?? []).map(
        (link) => new URL(link).origin,
      )
      const foreign = origins.filter(
        (origin) => origin !== portal.pages && !origin.includes(run),
      )
      assert.deepEqual(foreign, [], letter.subject)
    }
    const german = letters.filter(({ receivers }) => receivers.includes(jana))
    assert.ok(german.every(({ html }) => /<html[^>]* lang="de"/.test(html)))
  })

  for (const [at, [name, tell]] of chapters.entries()) {
    try {
      await tell()
      tap.ok(name)
    } catch (error) {
      tap.notOk(name, error.stack ?? error)
      chapters.slice(at + 1).forEach(([untold]) => tap.notOk(untold, 'not told'))
      return
    }
  }
}
