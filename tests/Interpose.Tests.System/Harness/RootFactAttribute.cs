namespace Interpose.Tests.System.Harness;

/// <summary>A test that only the superuser can run.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RootFactAttribute : FactAttribute
{
    /// <summary>Skips the test for ordinary users.</summary>
    public RootFactAttribute()
    {
        if (!TestUser.IsRoot)
        {
            Skip = "needs root";
        }
    }
}
