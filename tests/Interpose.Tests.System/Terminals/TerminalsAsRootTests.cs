using Interpose.Tests.System.Harness;

namespace Interpose.Tests.System.Terminals;

/// <summary>Programs in somebody's terminal, with the numbers they had.</summary>
public sealed class TerminalsAsRootTests
{
    /// <summary>See <see cref="TerminalScenario"/>.</summary>
    [RootTheory]
    [MemberData(nameof(TerminalCase.Names), MemberType = typeof(TerminalCase))]
    public Task Comes_back_in_another_terminal(string program) => TerminalScenario.RunAsync(TestUser.Root, program);
}
