// schema.graphql under graphql-eslint's recommended and Relay rules, and the story's operations
// under the schema. Exceptions are written down here with their reasons, and nowhere else.
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import graphqlPlugin from '@graphql-eslint/eslint-plugin'
import { ESLint } from 'eslint'
import { buildSchema, parse, validate } from 'graphql'

const schemaFile = fileURLToPath(new URL('../../schema.graphql', import.meta.url))
const operationsFile = fileURLToPath(new URL('operations.graphql', import.meta.url))

const exceptions = {
  // The printer writes a description on one line where it fits, and as a block where it does not.
  '@graphql-eslint/description-style': 'off',
  // Everything is described here, not only what the recommendation asks for.
  '@graphql-eslint/require-description': [
    'error',
    {
      types: true,
      rootField: true,
      DirectiveDefinition: true,
      FieldDefinition: true,
      InputValueDefinition: true,
      EnumValueDefinition: true,
      // The one argument of a mutation is described by its type.
      // Those of GraphQL's own directives are described by its specification.
      ignoredSelectors: [
        'InputValueDefinition[name.value=input]',
        'DirectiveDefinition[name.value=/^(include|skip|specifiedBy)$/] InputValueDefinition',
      ],
    },
  ],
  // What is part of an answer and can be read again only as a part of it has no id.
  '@graphql-eslint/strict-id-in-types': [
    'error',
    {
      exceptions: {
        suffixes: ['Connection', 'Edge', 'Payload', 'UserError'],
        types: [
          'AssetZone',
          'CaseStudyContent',
          'CaseStudyImage',
          'CaseStudyResult',
          'CertificationRoute',
          'CompletionRule',
          'CourseQuestionReport',
          'CourseReport',
          'DurationDistribution',
          'EvaluationProof',
          'FactLeftOut',
          'FactsImportRefusal',
          'FactsImportReport',
          'FactsRecorded',
          'FilledTemplate',
          'FormAnswer',
          'FormQuestion',
          'MetricProof',
          'MetricNext',
          'OnboardingReport',
          'OnboardingStepTime',
          'PageInfo',
          'PartnerAttribute',
          'PlaybookChanges',
          'PlaybookSectionChange',
          'PlaybookText',
          'PlaybookTextRun',
          'PortalInfo',
          'ProgramBenefit',
          'ProgramChange',
          'ProgramDifference',
          'ProgramDistribution',
          'ProgramMetric',
          'ProgramRules',
          'ProgramStand',
          'ProgramTier',
          'ProgramTrack',
          'ProgramTrial',
          'ProgramTrialMove',
          'ProgramTrialStand',
          'ProgramWarning',
          'QuizMark',
          'QuizQuestion',
          'RequirementProof',
          'SearchCorrection',
          'SearchExcerpt',
          'SearchHit',
          'SearchKindCount',
          'SearchLocaleCount',
          'SearchPiece',
          'SearchTagCount',
          'SignInChallenge',
          'StandingBadge',
          'StandingExplanation',
          'StandingMissing',
          'StandingNext',
          'StandingTurn',
          'StandingWay',
          'TierProof',
          'TimeToOnboardGroup',
          'Tokens',
          'TrackProof',
          'VerdictComment',
          'VerifiedCertificate',
          'Viewer',
          'ViewerPermission',
        ],
      },
    },
  ],
  // Lists that end are lists: `nodes` beside `edges`, `userErrors`, roles of a person.
  '@graphql-eslint/relay-edge-types': ['error', { listTypeCanWrapOnlyEdgeType: false }],
}

// Where a rule meets what it is not meant for, by the line on which it says so.
const accepted = [
  // What was found has a best and no last, so it is read forward.
  { rule: '@graphql-eslint/relay-arguments', at: 'search(' },
  // A hit is found by its words; the thing behind it is its `node`.
  { rule: '@graphql-eslint/relay-edge-types', at: 'type SearchHitEdge' },
  { rule: '@graphql-eslint/relay-edge-types', at: 'node: SearchHit!' },
]

export default async function lint(tap) {
  const text = await readFile(schemaFile, 'utf8')
  const schema = await tap.check('schema.graphql can be read', () => buildSchema(text))
  if (!schema) return
  const { rules: recommended } = graphqlPlugin.configs['flat/schema-recommended']
  const { rules: relay } = graphqlPlugin.configs['flat/schema-relay']
  const eslint = new ESLint({
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    overrideConfigFile: true,
    overrideConfig: [
      {
        files: ['**/*.graphql'],
        languageOptions: {
          parser: graphqlPlugin.parser,
          parserOptions: { graphQLConfig: { schema: schemaFile } },
        },
        plugins: { '@graphql-eslint': graphqlPlugin },
        rules: { ...recommended, ...relay, ...exceptions },
      },
    ],
  })
  const [{ messages }] = await eslint.lintText(text, { filePath: schemaFile })
  const lines = text.split('\n')
  const told = messages.filter(
    ({ ruleId, line }) =>
      !accepted.some(({ rule, at }) => rule === ruleId && lines[line - 1].trim().startsWith(at)),
  )
  const byRule = Map.groupBy
    ? Map.groupBy(told, (message) => message.ruleId)
    : told.reduce(
        (rules, message) =>
          rules.set(message.ruleId, [...(rules.get(message.ruleId) ?? []), message]),
        new Map(),
      )
  for (const rule of Object.keys({ ...recommended, ...relay })) {
    if (exceptions[rule] === 'off') continue
    const found = byRule.get(rule) ?? []
    byRule.delete(rule)
    await tap.check(`schema.graphql: ${rule}`, () => {
      if (found.length > 0) {
        const some = found.slice(0, 20).map(({ line, message }) => `schema.graphql:${line} ${message}`)
        throw [`${found.length} found`, ...some].join('\n')
      }
    })
  }
  const others = [...byRule.values()].flat()
  await tap.check('schema.graphql: nothing else is found', () => {
    if (others.length > 0) throw others.map(({ message }) => message).join('\n')
  })
  await tap.check('the operations of the story are valid', async () => {
    const operations = parse(await readFile(operationsFile, 'utf8'))
    const errors = validate(schema, operations)
    if (errors.length > 0) throw errors.map((error) => error.toString()).join('\n\n')
  })
}
