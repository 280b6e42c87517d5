namespace Interpose.Tests.System.Harness;

/// <summary>A theory that only the superuser can run.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RootTheoryAttribute : TheoryAttribute
{
    /// <summary>Skips the test for ordinary users.</summary>
    public RootTheoryAttribute()
    {
        if (!TestUser.IsRoot)
        {
            Skip = "needs root";
        }
    }
}
