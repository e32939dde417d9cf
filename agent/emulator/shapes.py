"""What each resource of Drive v3 may hold, in the grammar of `fields` itself.

A mask that names anything else is refused as Drive refuses it; a test holds these lists against Google's discovery
document.
"""

from functools import lru_cache

from agent.emulator.fields import Mask, check, parse

_USER = "displayName,emailAddress,kind,me,permissionId,photoLink"
_RESTRICTION = "restrictedForReaders,restrictedForWriters"
_IMAGE = (
    "aperture,cameraMake,cameraModel,colorSpace,exposureBias,exposureMode,exposureTime,flashUsed,focalLength,height,isoSpeed,"
    "lens,location(altitude,latitude,longitude),maxApertureValue,meteringMode,rotation,sensor,subjectDistance,time,"
    "whiteBalance,width"
)
_PERMISSION = (
    "allowFileDiscovery,deleted,displayName,domain,emailAddress,expirationTime,id,inheritedPermissionsDisabled,kind,"
    "pendingOwner,permissionDetails(inherited,inheritedFrom,permissionType,role),photoLink,role,"
    "teamDrivePermissionDetails(inherited,inheritedFrom,role,teamDrivePermissionType),type,view"
)
FILE_CAPABILITIES = (
    "canAcceptOwnership,canAccessViaGenAi,canAddChildren,canAddFolderFromAnotherDrive,canAddMyDriveParent,"
    "canChangeCopyRequiresWriterPermission,canChangeItemDownloadRestriction,canChangeSecurityUpdateEnabled,"
    "canChangeViewersCanCopyContent,canComment,canCopy,canDelete,canDeleteChildren,canDisableInheritedPermissions,"
    "canDownload,canEdit,canEnableInheritedPermissions,canListChildren,canModifyContent,canModifyContentRestriction,"
    "canModifyEditorContentRestriction,canModifyLabels,canModifyOwnerContentRestriction,canMoveChildrenOutOfDrive,"
    "canMoveChildrenOutOfTeamDrive,canMoveChildrenWithinDrive,canMoveChildrenWithinTeamDrive,canMoveItemIntoTeamDrive,"
    "canMoveItemOutOfDrive,canMoveItemOutOfTeamDrive,canMoveItemWithinDrive,canMoveItemWithinTeamDrive,"
    "canMoveTeamDriveItem,canReadDrive,canReadLabels,canReadRevisions,canReadTeamDrive,canRemoveChildren,"
    "canRemoveContentRestriction,canRemoveMyDriveParent,canRename,canShare,canStartApproval,canTrash,canTrashChildren,"
    "canUntrash"
)
DRIVE_CAPABILITIES = (
    "canAddChildren,canChangeCopyRequiresWriterPermissionRestriction,canChangeDomainUsersOnlyRestriction,"
    "canChangeDownloadRestriction,canChangeDriveBackground,canChangeDriveMembersOnlyRestriction,"
    "canChangeSharingFoldersRequiresOrganizerPermissionRestriction,canComment,canCopy,canDeleteChildren,canDeleteDrive,"
    "canDownload,canEdit,canListChildren,canManageMembers,canReadRevisions,canRename,canRenameDrive,"
    "canResetDriveRestrictions,canShare,canTrashChildren"
)
_FILE = (
    f"appProperties,capabilities({FILE_CAPABILITIES}),"
    "clientEncryptionDetails(decryptionMetadata(aes256GcmChunkSize,encryptionResourceKeyHash,jwt,kaclsId,kaclsName,keyFormat,"
    "wrappedKey),encryptionState),contentHints(indexableText,thumbnail(image,mimeType)),"
    f"contentRestrictions(ownerRestricted,readOnly,reason,restrictingUser({_USER}),restrictionTime,systemRestricted,type),"
    "copyRequiresWriterPermission,createdTime,description,"
    f"downloadRestrictions(effectiveDownloadRestrictionWithContext({_RESTRICTION}),itemDownloadRestriction({_RESTRICTION})),"
    "driveId,explicitlyTrashed,exportLinks,fileExtension,folderColorRgb,fullFileExtension,hasAugmentedPermissions,"
    f"hasThumbnail,headRevisionId,iconLink,id,imageMediaMetadata({_IMAGE}),inheritedPermissionsDisabled,isAppAuthorized,kind,"
    f"labelInfo(labels(fields,id,kind,revisionId)),lastModifyingUser({_USER}),"
    "linkShareMetadata(securityUpdateEligible,securityUpdateEnabled),md5Checksum,mimeType,modifiedByMe,modifiedByMeTime,"
    f"modifiedTime,name,originalFilename,ownedByMe,owners({_USER}),parents,permissionIds,permissions({_PERMISSION}),properties,"
    f"quotaBytesUsed,resourceKey,sha1Checksum,sha256Checksum,shared,sharedWithMeTime,sharingUser({_USER}),"
    "shortcutDetails(targetId,targetMimeType,targetResourceKey),size,spaces,starred,teamDriveId,thumbnailLink,"
    f"thumbnailVersion,trashed,trashedTime,trashingUser({_USER}),version,videoMediaMetadata(durationMillis,height,width),"
    "viewedByMe,viewedByMeTime,viewersCanCopyContent,webContentLink,webViewLink,writersCanShare"
)
_BACKGROUND = "backgroundImageFile(id,width,xCoordinate,yCoordinate),backgroundImageLink"
_DRIVE = (
    f"{_BACKGROUND},capabilities({DRIVE_CAPABILITIES}),colorRgb,createdTime,hidden,id,kind,name,orgUnitId,"
    "restrictions(adminManagedRestrictions,copyRequiresWriterPermission,domainUsersOnly,"
    f"downloadRestriction({_RESTRICTION}),driveMembersOnly,sharingFoldersRequiresOrganizerPermission),themeId"
)
_THEME = "backgroundImageLink,colorRgb,id"
_ABOUT = (
    f"appInstalled,canCreateDrives,canCreateTeamDrives,driveThemes({_THEME}),exportFormats,folderColorPalette,importFormats,"
    "kind,maxImportSizes,maxUploadSize,storageQuota(limit,usage,usageInDrive,usageInDriveTrash),"
    f"teamDriveThemes({_THEME}),user({_USER})"
)
_REVISION = (
    f"exportLinks,id,keepForever,kind,lastModifyingUser({_USER}),md5Checksum,mimeType,modifiedTime,originalFilename,"
    "publishAuto,published,publishedLink,publishedOutsideDomain,size"
)
_CHANGE = f"changeType,drive({_DRIVE}),driveId,file({_FILE}),fileId,kind,removed,teamDrive,teamDriveId,time,type"

SHAPES: dict[str, Mask] = {
    name: parse(text)
    for name, text in {
        "File": _FILE,
        "FileList": f"files({_FILE}),incompleteSearch,kind,nextPageToken",
        "GeneratedIds": "ids,kind,space",
        "Permission": _PERMISSION,
        "PermissionList": f"kind,nextPageToken,permissions({_PERMISSION})",
        "About": _ABOUT,
        "ChangeList": f"changes({_CHANGE}),kind,newStartPageToken,nextPageToken",
        "StartPageToken": "kind,startPageToken",
        "Channel": "address,expiration,id,kind,params,payload,resourceId,resourceUri,token,type",
        "Drive": _DRIVE,
        "DriveList": f"drives({_DRIVE}),kind,nextPageToken",
        "Revision": _REVISION,
        "RevisionList": f"kind,nextPageToken,revisions({_REVISION})",
    }.items()
}

# What is answered when the caller asks for nothing in particular; everything for what is not named here.
_DEFAULTS = {
    "File": "kind,id,name,mimeType",
    "FileList": "kind,nextPageToken,incompleteSearch,files(kind,id,name,mimeType)",
    "Permission": "kind,id,type,role,allowFileDiscovery",
    "PermissionList": "kind,nextPageToken,permissions(kind,id,type,role,allowFileDiscovery)",
    "ChangeList": (
        "kind,nextPageToken,newStartPageToken,"
        "changes(kind,removed,fileId,time,changeType,type,driveId,drive(kind,id,name),file(kind,id,name,mimeType))"
    ),
    "Drive": "kind,id,name",
    "DriveList": "kind,nextPageToken,drives(kind,id,name)",
    "Revision": "kind,id,mimeType,modifiedTime",
    "RevisionList": "kind,nextPageToken,revisions(kind,id,mimeType,modifiedTime)",
}


@lru_cache(maxsize=2048)
def mask_for(kind: str, fields: str) -> Mask | None:
    """The mask of `fields` for a resource of that kind; empty `fields` is as good as none (rclone sends it so).

    None stands for everything. The mask is shared: it is not to be changed. Raises 400 for what the resource does not
    have.
    """
    text = fields.strip() or _DEFAULTS.get(kind, "")
    if not text:
        return None
    mask = parse(text)
    check(mask, SHAPES[kind])
    return mask
