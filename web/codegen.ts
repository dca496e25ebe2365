import type { CodegenConfig } from '@graphql-codegen/cli';

// The types of what the page asks, from the schema that the server prints. `npm run check` fails where they are stale.
const config: CodegenConfig = {
  schema: '../schema.graphql',
  documents: 'src/graphql/*.graphql',
  generates: {
    'src/graphql/generated.ts': {
      plugins: ['typescript-operations', 'typed-document-node'],
      config: {
        documentMode: 'string',
        enumType: 'string-literal',
        useTypeImports: true,
        skipTypename: true,
        strictScalars: true,
        pureMagicComment: true,
        // Amounts are exact decimals: as text, never as binary floats.
        scalars: { ID: 'string', Decimal: 'string', Date: 'string', DateTime: 'string', PartialDate: 'string' },
        dedupeFragments: true,
        mergeFragmentTypes: true,
        disableDescriptions: true,
      },
    },
  },
};

export default config;
