using Interpose.Tests.System.Harness;

namespace Interpose.Tests.System.Programs;

/// <summary>Every program, run by a user without any privilege.</summary>
public sealed class ProgramsAsUserTests
{
    [Theory]
    [MemberData(nameof(ProgramCase.Names), MemberType = typeof(ProgramCase))]
    public Task Five_generations_give_the_output_of_an_undisturbed_run(string name) =>
        ProgramScenario.RunAsync(TestUser.User, name);
}
