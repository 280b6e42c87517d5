using Interpose.Cli.Launch;

namespace Interpose.Cli.Verbs;

/// <summary>Whether the shim can enter a program.</summary>
internal static class CheckProgram
{
    private const string Subject = "program";

    public static CheckFinding Look(string program)
    {
        string path = ProgramLocator.Find(program);
        ProgramInspection found = ProgramInspector.Inspect(path);
        string what = found.Path == path ? path : $"{path}, run by {found.Path}";
        return found.Kind switch
        {
            ProgramKind.Managed => CheckFinding.Works(Subject, $"{what}: can be checkpointed"),
            ProgramKind.Static => CheckFinding.Fails(
                Subject, $"{what}: static, so no library can be preloaded into it", "use a dynamically linked build of it"),
            ProgramKind.Privileged => CheckFinding.Fails(
                Subject, $"{what}: gains privilege ({found.Detail}), so the loader ignores the shim",
                "run it as the user it would become, or a copy without the special bits"),
            ProgramKind.OtherArchitecture => CheckFinding.Fails(
                Subject, $"{what}: {found.Detail}", "use an x86-64 build of it"),
            ProgramKind.Missing => CheckFinding.Fails(
                Subject, $"{what}: {found.Detail}", "give a path, or a name that is in PATH"),
            _ => CheckFinding.Fails(Subject, $"{what}: {found.Detail}", "give a file that this user may execute"),
        };
    }
}
