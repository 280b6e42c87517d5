using System.Globalization;
using Interpose.Protocol;

namespace Interpose.Cli.State;

/// <summary>Finds the coordinator a verb is to talk to: flag, then environment, then the default one.</summary>
internal static class CoordinatorLocator
{
    /// <summary>The coordinator to use.</summary>
    /// <param name="address">HOST:PORT from the flag or its environment twin, or null.</param>
    /// <exception cref="CliException">There is none, or its secret is not known.</exception>
    public static CoordinatorRecord Find(string? address) =>
        TryFind(address) ?? throw new CliException(
            ExitCode.NoCoordinator,
            $"no coordinator is running (looked in {StateDirectory.DefaultFile}); start a program with 'interpose run', or a coordinator with 'interpose coordinator'");

    /// <summary>The coordinator to use, or null when none was named and no default one lives.</summary>
    /// <exception cref="CliException">One was named but its secret is not known.</exception>
    public static CoordinatorRecord? TryFind(string? address)
    {
        if (string.IsNullOrEmpty(address))
        {
            return CoordinatorFiles.FindDefault();
        }

        (string host, int port) = ParseAddress(address);
        CoordinatorRecord? known = CoordinatorFiles.TryRead(StateDirectory.FileOf(port));
        if (known is not null && known.Host != host && !(IsLoopback(host) && IsLoopback(known.Host)))
        {
            known = null;
        }

        string? secret = Environment.GetEnvironmentVariable("INTERPOSE_SECRET") ?? ReadSecretFile() ?? known?.Secret;
        if (secret is null)
        {
            throw new CliException(
                ExitCode.NoCoordinator,
                $"the secret of the coordinator at {address} is not known; put it into INTERPOSE_SECRET, or into a file named by INTERPOSE_SECRET_FILE");
        }

        ParseSecret(secret);
        return new CoordinatorRecord
        {
            Host = host,
            Port = known?.Port ?? port,
            Pid = known?.Pid ?? 0,
            Secret = secret,
            Computation = known?.Computation ?? Environment.GetEnvironmentVariable("INTERPOSE_COMPUTATION") ?? string.Empty,
            CkptDir = known?.CkptDir ?? string.Empty,
            Codec = known?.Codec ?? string.Empty,
            Listen = known?.Listen ?? string.Empty,
            IntervalMs = known?.IntervalMs ?? 0,
            LingerMs = known?.LingerMs ?? -1,
            Leaks = known?.Leaks ?? string.Empty,
            Hosts = known?.Hosts ?? string.Empty,
        };
    }

    /// <summary>The secret's bytes.</summary>
    /// <exception cref="CliException">It is no secret.</exception>
    public static byte[] ParseSecret(string hex)
    {
        byte[] secret = [];
        try
        {
            secret = Convert.FromHexString(hex.Trim());
        }
        catch (FormatException)
        {
            // Told below; the secret itself must not appear in a message.
        }

        return secret.Length == Handshake.SecretSize
            ? secret
            : throw new CliException(
                ExitCode.Usage, $"the secret (INTERPOSE_SECRET) must be {Handshake.SecretSize * 2} hexadecimal digits");
    }

    /// <summary>Splits HOST:PORT; an IPv6 address goes in brackets.</summary>
    /// <exception cref="CliException">It is no address.</exception>
    public static (string Host, int Port) ParseAddress(string address)
    {
        int colon = address.LastIndexOf(':');
        string host = colon > 0 ? address[..colon] : string.Empty;
        if (host.StartsWith('[') && host.EndsWith(']'))
        {
            host = host[1..^1];
        }

        return host.Length > 0
            && int.TryParse(address.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port)
            && port is >= 0 and <= 65535
                ? (host, port)
                : throw new CliException(ExitCode.Usage, $"'{address}' is no address; HOST:PORT is expected");
    }

    private static bool IsLoopback(string host) =>
        host is "localhost" or "::1" || host.StartsWith("127.", StringComparison.Ordinal);

    private static string? ReadSecretFile()
    {
        string? path = Environment.GetEnvironmentVariable("INTERPOSE_SECRET_FILE");
        if (string.IsNullOrEmpty(path))
        {
            return null;
        }

        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.Failure, $"cannot read the secret from INTERPOSE_SECRET_FILE: {e.Message}");
        }
    }
}
