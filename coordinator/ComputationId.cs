using System.Globalization;

namespace Interpose.Coordinator;

/// <summary>Names of computations: they sort by time and do not collide.</summary>
public static class ComputationId
{
    /// <summary>A new name such as <c>20260314-150926-9f3a</c> (UTC).</summary>
    public static string Create(TimeProvider time) =>
        time.GetUtcNow().ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture) + "-"
        + Convert.ToHexStringLower(Randomness.Bytes(2));

    /// <summary>Whether a name from outside can be used as the name of a directory.</summary>
    public static bool IsValid(string name) =>
        name.Length is > 0 and <= 128 && name[0] != '.' && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}
