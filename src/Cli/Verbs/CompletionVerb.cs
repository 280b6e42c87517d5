using System.CommandLine;

namespace Interpose.Cli.Verbs;

/// <summary><c>interpose completion</c>: the scripts ask interpose itself, so they never know less than it does.</summary>
internal static class CompletionVerb
{
    public const string Name = "completion";

    private const string Bash = """
        # interpose completion for bash; use: source <(interpose completion bash)
        _interpose() {
            local line="${COMP_LINE:0:COMP_POINT}" word="${COMP_WORDS[COMP_CWORD]}" IFS=$'\n'
            COMPREPLY=($(compgen -W "$(interpose "[suggest:${#line}]" "$line" 2>/dev/null)" -- "$word"))
            # Nothing of ours fits: complete names of files.
            [ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "$word"))
        }
        complete -o filenames -F _interpose interpose

        """;

    private const string Zsh = """
        #compdef interpose
        # interpose completion for zsh; use: source <(interpose completion zsh)
        _interpose() {
            local line="${BUFFER[1,CURSOR]}"
            local -a found
            found=("${(@f)$(interpose "[suggest:${#line}]" "$line" 2>/dev/null)}")
            found=(${found:#})
            if (( ${#found} )); then compadd -a found; else _files; fi
        }
        if [ "$funcstack[1]" = "_interpose" ]; then _interpose "$@"; else compdef _interpose interpose; fi

        """;

    public static Command Create()
    {
        var shell = new Argument<string>("SHELL") { Description = "bash or zsh" };
        shell.AcceptOnlyFromAmong("bash", "zsh");
        var verb = new VerbCommand(Name, "Print a script that completes command lines")
        {
            Examples = ["source <(interpose completion bash)", "interpose completion zsh > ~/.zfunc/_interpose"],
        };
        verb.Add(shell);
        return verb.Does(parsed =>
        {
            Console.Out.Write(parsed.GetValue(shell) == "zsh" ? Zsh : Bash);
            return 0;
        });
    }
}
