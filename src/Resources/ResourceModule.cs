using Interpose.Images.Metadata;

namespace Interpose.Resources;

/// <summary>
/// One kind of open file, from the running process to the restored one. Every kind is one class with these verbs; a
/// file that no module claims is refused by name.
/// </summary>
public abstract class ResourceModule
{
    public abstract OpenFileKind Kind { get; }

    /// <summary>Discover: this module looks after such a file.</summary>
    public abstract bool Claims(DescriptorFacts facts);

    /// <summary>Discover, for a module that has to know who else holds it.</summary>
    public virtual bool Claims(DescriptorFacts facts, DiscoveryContext context) => Claims(facts);

    /// <summary>
    /// Describe, all threads standing still: what the image has to say. The collector fills in the fields that every
    /// kind has; a module adds its own.
    /// </summary>
    /// <exception cref="UnsupportedResourceException">It cannot be restored.</exception>
    public virtual OpenFileDescription Describe(DescriptorFacts facts, DiscoveryContext context) =>
        DiscoveryContext.Common(facts, Kind);

    /// <summary>
    /// Describe, for a description that another process describes in full: what belongs to this process alone.
    /// </summary>
    public virtual OpenFileDescription DescribeShared(DescriptorFacts facts, DiscoveryContext context) =>
        DiscoveryContext.Common(facts, Kind);

    /// <summary>Files are recreated by ascending order, where it matters.</summary>
    public virtual int Order(OpenFileDescription file) => 0;

    /// <summary>
    /// Recreate, once for each description, in the supervisor: operations that open it again.
    /// </summary>
    /// <returns>The slot that then holds the fd.</returns>
    public abstract int Recreate(OpenFileDescription file, RecreationContext context);

    /// <summary>Fill, in the supervisor, when all descriptions are there: what is in queues, and may refer to any of them.</summary>
    public virtual void Fill(OpenFileDescription file, RecreationContext context)
    {
    }

    /// <summary>Refill of modules with a lower number comes first.</summary>
    public virtual int RefillOrder => 0;

    /// <summary>Refill, in each process that has it, when all fds have their numbers: what refers to fds or to the process.</summary>
    /// <param name="isOwner">This process's record is the one it was created from: what must happen once happens here.</param>
    public virtual void Refill(OpenFileDescription file, int fd, RecreationContext context, bool isOwner)
    {
    }
}
