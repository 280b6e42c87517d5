using Interpose.Tests.System.Harness;

namespace Interpose.Tests.System.Terminals;

/// <summary>Programs in somebody's terminal, in namespaces of their own.</summary>
public sealed class TerminalsAsUserTests
{
    /// <summary>See <see cref="TerminalScenario"/>.</summary>
    [Theory]
    [MemberData(nameof(TerminalCase.Names), MemberType = typeof(TerminalCase))]
    public Task Comes_back_in_another_terminal(string program) => TerminalScenario.RunAsync(TestUser.User, program);

    /// <summary>See <see cref="TerminalScenario"/>; more programs, for which it makes no difference who runs them.</summary>
    [Theory]
    [MemberData(nameof(MoreTerminalCases.Names), MemberType = typeof(MoreTerminalCases))]
    public Task More_come_back_in_another_terminal(string program) => TerminalScenario.RunAsync(TestUser.User, program);

    /// <summary>See <see cref="TerminalScenario"/>; with both ends of another terminal inside.</summary>
    [Theory]
    [MemberData(nameof(InsideTerminalCases.Names), MemberType = typeof(InsideTerminalCases))]
    public Task Terminals_inside_come_back(string program) => TerminalScenario.RunAsync(TestUser.User, program);
}
