using Interpose.Tests.System.Harness;

namespace Interpose.Tests.System.Trees;

/// <summary>Every program of many processes, run by a user without any privilege.</summary>
public sealed class TreesAsUserTests
{
    [Theory]
    [MemberData(nameof(TreeCase.Names), MemberType = typeof(TreeCase))]
    public Task Generations_give_the_output_of_an_undisturbed_run(string name) =>
        TreeScenario.RunAsync(TestUser.User, name, "zstd");
}
