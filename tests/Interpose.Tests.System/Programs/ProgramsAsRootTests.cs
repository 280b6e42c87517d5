using Interpose.Tests.System.Harness;

namespace Interpose.Tests.System.Programs;

/// <summary>Every program, run by the superuser.</summary>
public sealed class ProgramsAsRootTests
{
    [RootTheory]
    [MemberData(nameof(ProgramCase.Names), MemberType = typeof(ProgramCase))]
    public Task Five_generations_give_the_output_of_an_undisturbed_run(string name) =>
        ProgramScenario.RunAsync(TestUser.Root, name);
}
