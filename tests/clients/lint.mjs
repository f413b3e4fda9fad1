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
  // Codes of errors and states are the product's words; "typename" prefixes help nobody there.
  '@graphql-eslint/no-typename-prefix': 'off',
}

export default async function lint(tap) {
  const text = await readFile(schemaFile, 'utf8')
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
  const byRule = Map.groupBy
    ? Map.groupBy(messages, (message) => message.ruleId)
    : messages.reduce(
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
        throw found.map(({ line, message }) => `schema.graphql:${line} ${message}`).join('\n')
      }
    })
  }
  await tap.check('schema.graphql can be read', () => {
    const others = [...byRule.values()].flat()
    if (others.length > 0) throw others.map(({ message }) => message).join('\n')
  })
  await tap.check('the operations of the story are valid', async () => {
    const operations = parse(await readFile(operationsFile, 'utf8'))
    const errors = validate(buildSchema(text), operations)
    if (errors.length > 0) throw errors.map((error) => error.toString()).join('\n\n')
  })
}
