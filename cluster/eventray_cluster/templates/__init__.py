"""CloudFormation templates, deployed to an EventRay server: what `eventray deploy` is made of.

A client of the management API. The modules follow a template's way: `assembly` finds it on disk, `reading`
and `template` make sense of its text, `evaluating` computes its expressions, `grants` and `guards` look after
what decides about access, `planning` compares with the stack that is stored, `applying` does what was
planned, and `deploying` is the whole way. Only `assembly`, `appsync`, `iam`, `stacks` and `connecting`
touch anything outside. Read `deploying` first.
"""
