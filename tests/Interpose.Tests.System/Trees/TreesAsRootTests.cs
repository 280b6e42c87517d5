using Interpose.Tests.System.Harness;

namespace Interpose.Tests.System.Trees;

/// <summary>Every program of many processes, run by the superuser.</summary>
public sealed class TreesAsRootTests
{
    [RootTheory]
    [MemberData(nameof(TreeCase.RootNames), MemberType = typeof(TreeCase))]
    public Task Generations_give_the_output_of_an_undisturbed_run(string name) =>
        TreeScenario.RunAsync(TestUser.Root, name, "none");
}
