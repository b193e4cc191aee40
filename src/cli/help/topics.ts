/** Pages of `amlet help TOPIC`. */
export const TOPICS: Readonly<Record<string, string>> = {
  'exit-codes': `
Exit codes
    0 : Success. Also a query that finds nothing, an empty list, a validation that finds errors
        (use --exit-status to make that 1), a followed job that was canceled.
    1 : A failure: a failed job under --stream, an error of the server, a refused confirmation,
        Ctrl-C.
    2 : The command line cannot be read: unknown command or option, a missing option, a bad value.
    3 : Not found: what the command names does not exist.
`,
  environment: `
Environment variables
    AMLET_HOME           : Folder of everything amlet keeps. Default: ~/.amlet.
    AMLET_URL            : Address of a server elsewhere; AMLET_TOKEN is its token.
    AMLET_CONFIG_DIR     : Folder of the file "config". Default: AMLET_HOME.
    AMLET_CORE_OUTPUT    : Default of --output. Any setting is AMLET_<SECTION>_<NAME>; the
                           AZURE_<SECTION>_<NAME> of az is read too.
    AMLET_PROGRESS       : plain shows lines in place of a live tree in a terminal.
    AMLET_STRICT_AZ      : 1 keeps the log of --stream on stdout beside a chosen output, as az does.
    NO_COLOR, CI         : No colour; no live tree.

    The commands of that name: amlet environment --help
`,
  formatting: `
Formatting
    --output json, jsonc, yaml, yamlc, table, tsv, none chooses the format; --query picks from the
    result with JMESPath before it is formatted. Only the result goes to stdout.

    One value for a shell:          amlet job show -n NAME --query status -o tsv
    Columns of your choice:         amlet job list --query "[].{Name:name,At:status}" -o table
    What can be asked for:          amlet job show -n NAME --query '?'
    Keys with a blank are quoted:   amlet model list --query '[]."latest version"'
`,
  set: `
Setting fields
    create and validate : --set PATH=VALUE changes the file before it is read. The value is text; the
                          field's type decides what it becomes. PATH:=JSON gives a JSON value.
    update              : --set PATH=VALUE takes JSON or a Python literal, else text. --add and
                          --remove change lists. They run in the order typed; --force-string keeps
                          text.

    amlet job create -f job.yml --set inputs.lr=0.1 resources.instance_count=2
    amlet job create -f job.yml --set jobs.train.inputs.data.path=azureml:taxi@latest
    amlet job update -n NAME --set tags.best=yes --remove tags.draft
`,
}
